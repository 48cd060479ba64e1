/// What a key or a line of the palette asks the dashboard to do.
package enum Command: String, Hashable, Sendable, CaseIterable {
    // Moving
    case up, down, pageUp, pageDown, first, last, left, right
    case open, back
    // Views
    case showWorkers, showDetail, showLogs, showEvents, showHealth, showOperations, showFronts, showConfig, showPools
    case nextView, previousView, nextPool, nextPane
    // Finding
    case filter, nextMatch, previousMatch
    case nextSort, previousSort, reverseSort, freeze
    case tag, untagAll, invertTags, hideStopped
    // Logs
    case follow, level, nextError, previousError, wrap, mark, nextMark, logsOfWorker, logsBefore, time, pager,
        toggleLogs
    // Acting
    case restart, roll, drain, resume, maintenance, stop, start, scaleUp, scaleDown, weight, signal, cancelOperation,
        reload, deploy, holdFront, closeFront
    // Screen
    case palette, help, setup, copy, mouse, redraw, suspend, reconnect, quit
}
