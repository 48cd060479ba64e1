internal import PoolModel

/// How workers become ready, grow in number and stop.
extension ProfileValidator {
    mutating func checkReadiness() {
        if let venv = spec.worker.venv {
            spec.worker.venv?.path = Path.absolute(venv.path, in: profile.directory)
            // The first start makes the environment.
            if !isGiven("worker.start_timeout") { spec.worker.startTimeout += venv.timeout }
        }
        let worker = spec.worker
        if worker.ready == .probe, spec.health.path == nil, !broken.contains("health.path") {
            spec.worker.ready = .listen
            if isGiven("worker.ready") {
                report(
                    .warning,
                    at: "worker.ready",
                    "ready = \"probe\" needs [health] path; a worker is ready here when it listens",
                    "add [health] path = \"/health\""
                )
            }
        }
        if worker.inheritsSocket, worker.ready == .listen {
            report(
                .warning,
                at: "worker.ready",
                "with listen_fds the socket listens before the worker does, so ready = \"listen\" says nothing",
                "use ready = \"probe\" with a [health] path, or \"notify\""
            )
        }
        if worker.ready == .time, worker.startSeconds > worker.startTimeout {
            report(
                .error,
                at: "worker.start_seconds",
                "start_seconds is more than start_timeout: no start could succeed"
            )
        }
        if worker.watchdog != nil, worker.ready != .notify {
            report(
                .warning,
                at: "worker.watchdog",
                "a worker with a watchdog must send WATCHDOG=1, or it is restarted again and again",
                "if it speaks sd_notify, use ready = \"notify\" too"
            )
        }
        if worker.backoff.initial > worker.backoff.maximum {
            report(.error, at: "worker.backoff.initial", "initial is more than maximum")
        }
        if worker.backoff.initial == .zero {
            report(.warning, at: "worker.backoff.initial", "a worker that fails is started again without a pause")
        }
    }

    mutating func checkScale() {
        let scale = spec.scale
        if scale.min > scale.max { report(.error, at: "scale.min", "min \(scale.min) is more than max \(scale.max)") }
        guard scale.auto != .off else { return }
        if !(scale.min...max(scale.min, scale.max)).contains(spec.workers) {
            report(
                .error,
                at: "pool.workers",
                "\(spec.workers) workers are not within [scale] min \(scale.min) and max \(scale.max)",
                "begin with a number within them"
            )
        }
        if scale.growBusy == 0, scale.growQueue == 0 {
            report(.error, at: "scale.auto", "grow_queue and grow_busy are both 0: the pool could never grow")
        }
        if scale.growBusy > 0, scale.shrinkBusy >= scale.growBusy {
            report(.error, at: "scale.shrink_busy", "shrink_busy is not less than grow_busy: the pool would flap")
        }
    }

    mutating func checkStopping() {
        let signals = spec.worker.stopSignals
        if let kill = signals.firstIndex(of: "KILL"), kill + 1 < signals.count || kill == 0 {
            report(
                .warning,
                at: "worker.stop_signals",
                "KILL ends a worker in the middle of its requests; it is sent last in any case",
                "use \"TERM\""
            )
        }
    }
}
