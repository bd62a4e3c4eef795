// `oom-score-adj`: what the kernel is told of whom to kill first when memory runs out.

internal import Platform

extension CommandContext {
    private static let scoreFile = "/proc/self/oom_score_adj"

    /// Writes the score that the settings ask for, or the one from before they asked.
    mutating func tellOutOfMemoryScore() throws(SettingError) {
        let scores = settings.outOfMemoryScores
        if scores[1] < scores[0] || scores[2] < scores[1] {
            log.warning(
                "The oom-score-adj-values configuration may not work for non-privileged processes! Please consult the "
                    + "documentation.")
        }
        do throws(HostError) {
            guard settings.outOfMemoryScore != .no else {
                if let initial = initialScore { try write(score: initial) }
                return initialScore = nil
            }
            if initialScore == nil { initialScore = try Word(host.read(CommandContext.scoreFile)).trimmed.integer ?? 0 }
            let base = settings.outOfMemoryScore == .absolute ? 0 : initialScore ?? 0
            try write(score: min(1000, max(-1000, base + settings.outOfMemoryScores[follows ? 1 : 0])))
        } catch {
            log.warning("Unable to write oom_score_adj: \(error.reason)")
            throw SettingError("Failed to set current oom_score_adj. Check server logs.")
        }
    }

    private func write(score: Int) throws(HostError) {
        try host.write(CommandContext.scoreFile, Word("\(score)\n".utf8))
    }
}
