// nghttp2: frames, HPACK and stream states of HTTP/2. No code of ours.
#ifndef CNGHTTP2_SHIM_H
#define CNGHTTP2_SHIM_H

#include <nghttp2/nghttp2.h>

#endif
