// What Swift's importer cannot take from <curses.h>. Constants and one-liners only: a `static` variable in an imported
// header exists once in every object file, so there is no state here.
#ifndef CNCURSES_SHIM_H
#define CNCURSES_SHIM_H

// Without it there is no cchar_t and no wide function; linking ncursesw does not imply it.
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

// Mutable globals, which Swift 6 refuses.
static inline WINDOW *cn_stdscr(void) { return stdscr; }
static inline int cn_colors(void) { return COLORS; }

// Macros with casts do not import.
static const attr_t cn_bold = A_BOLD;
static const attr_t cn_dim = A_DIM;
static const attr_t cn_reverse = A_REVERSE;
static const attr_t cn_underline = A_UNDERLINE;

// One cell with an extended colour pair: `opts` is a `void *` that points to an int.
static inline int cn_cell(cchar_t *out, wchar_t character, attr_t attributes, int pair) {
    const wchar_t text[2] = {character, 0};
    return setcchar(out, text, attributes, (short)(pair < 32767 ? pair : 0), &pair);
}

// The same with marks over the character: a text that ends with NUL, at most CCHARW_MAX long.
static inline int cn_cluster(cchar_t *out, const wchar_t *text, attr_t attributes, int pair) {
    return setcchar(out, text, attributes, (short)(pair < 32767 ? pair : 0), &pair);
}

// <wchar.h> hides it from the importer, because the feature macros of a system library are not ours to set.
extern int wcwidth(wchar_t);
static inline int cn_width(unsigned int character) { return wcwidth((wchar_t)character); }

// A capability of the terminal as a string: null both where it is absent and where terminfo does not know the name.
static inline const char *cn_capability(const char *name) {
    const char *value = tigetstr(name);
    return value == (const char *)-1 ? 0 : value;
}
#endif
