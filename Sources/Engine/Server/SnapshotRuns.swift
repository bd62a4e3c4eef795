// The way of a snapshot from its first moment to its file: begun by a command, a save point or the append-only file,
// walked on in every turn of the event loop, written by the disk thread. Nobody waits for the disk but SAVE and the end
// of the process.

internal import Platform

extension CommandContext {
    // MARK: The beginning

    /// Begins a snapshot of this moment; false if one is being taken already. `temporaryName` and `name` are in
    /// `directory`. Its end comes to `snapshotHasEnded`.
    mutating func beginSnapshot(
        for purpose: SnapshotPurpose, form: SnapshotForm = .rdb, version: Int? = nil, in directory: String,
        temporaryName: String, name: String
    ) -> Bool {
        let newest = version ?? settings.snapshotVersion
        // The lowest that has everything: what it is of is fixed at this moment.
        let version = keyspace.hasFieldDeadlines ? newest : min(newest, ObjectWriter.usualVersion)
        guard saving.run == nil, canSaveFunctions(form, version), canSaveFieldDeadlines(form, version) else {
            return false
        }
        var plan = RDBFilePlan(
            form: form, temporaryPath: DiskPath.join(directory, temporaryName), path: DiskPath.join(directory, name),
            spillPath: DiskPath.join(directory, temporaryName + ".spill"), directory: directory)
        plan.version = version
        plan.isPassing = purpose == .transfer
        plan.compresses = settings.compressesStrings
        plan.checksums = settings.checksumsSnapshots
        plan.writesBackInSteps = settings.writesBackInSteps
        plan.fields = RDBFilePlan.fields(
            now: now, usedMemory: memoryParts.used,
            isAppendOnlyBase: purpose == .appendOnlyBase,
            stream: purpose == .appendOnlyBase ? [] : streamFields)
        plan.functions = functionLibraries
        plan.date = settings.datesLog ? now / 1000 : nil
        let number = saving.nextNumber()
        saving.run = SnapshotRun(
            purpose: purpose, plan: plan, number: number, startedAt: now,
            changeCount: keyspace.feed.changeCount)
        if purpose != .dump { saving.backgroundCount += 1 }
        keyspace.beginSnapshot(
            form: form, policy: settings.maxMemoryPolicy,
            writer: ObjectWriter(
                plan.compresses ? .later : .never, version: plan.version, capacity: Snapshot.chunkCapacity))
        saving.add(.begin(plan, number: number))
        saving.submit(host, wakeup)
        return true
    }

    /// Libraries go with the data. The format of version 9 has none.
    private mutating func canSaveFunctions(_ form: SnapshotForm, _ version: Int) -> Bool {
        if scripts.libraries.all.isEmpty || form == .commands || version >= 10 { return true }
        log.warning("Functions cannot be saved with rdb-save-version 9: set it to 10 or 11.")
        return false
    }

    /// Nothing is saved without the deadlines that it has.
    private mutating func canSaveFieldDeadlines(_ form: SnapshotForm, _ version: Int) -> Bool {
        guard keyspace.hasFieldDeadlines, form == .rdb, version < ObjectWriter.versionWithFieldDeadlines else {
            return true
        }
        log.warning(
            "Fields of hashes have a time to live, which a snapshot of version \(version) cannot have: set "
                + "rdb-save-version to 12.")
        return false
    }

    /// The same with the file that `dbfilename` names.
    mutating func beginDump(_ purpose: SnapshotPurpose) -> Bool {
        beginSnapshot(
            for: purpose, in: settings.directory.isEmpty ? "." : settings.directory,
            temporaryName: "temp-\(host.processIdentifier).rdb", name: settings.dumpFile)
    }

    // MARK: Steps

    /// A snapshot is being taken or written, or its marks are being taken away.
    @inline(__always) var isSaving: Bool { saving.run != nil || keyspace.snapshot != nil }

    /// Goes on with the snapshot, in a turn that was `busy` with clients or was not.
    mutating func continueSnapshot(busy: Bool) {
        takeSnapshotOutcomes()
        passChunksOn()
        if mayWalk {
            let start = Ticks.now
            let slice = saving.pace.slice(busy: busy, turnBegan: observation.turnTicks, now: start)
            while slice > 0, mayWalk {
                let isDone = keyspace.walkSnapshot(until: start &+ slice, mostKeys: keysAllowed)
                if isDone { endWalk() }
                passChunksOn()
                if Ticks.now &- start >= slice { break }
            }
        }
        if saving.isHolding { releaseWritersIfCaughtUp() }
    }

    /// There is a walk, and neither the disk nor a test holds it up.
    private var mayWalk: Bool {
        keyspace.snapshot != nil && saving.run?.isWalked != true && walkHasRoom && keysAllowed > 0
    }

    /// A walk that only takes away marks needs no room.
    private var walkHasRoom: Bool { saving.run == nil || saving.hasRoomForWalk }

    /// The event loop shall not wait, because there is something to walk over; or wait at most until then.
    var snapshotWaitMilliseconds: Int? {
        guard keyspace.snapshot != nil, saving.run?.isWalked != true, walkHasRoom else { return nil }
        return keysAllowed > 0 ? 0 : 1
    }

    /// How many keys may be walked over before time goes on.
    private var keysAllowed: Int {
        let delay = settings.keySaveDelay
        guard delay > 0, let run = saving.run, let saved = keyspace.snapshotProgress?.saved else { return .max }
        return Int(now - run.startedAt) * 1000 / delay + 1 - saved
    }

    /// Gives what has been collected to the disk thread. If it has no room, or if changes have left too much to be
    /// saved, writers wait from now on.
    mutating func passChunksOn() {
        while let chunk = keyspace.snapshot?.takeChunk() { saving.add(.write(chunk)) }
        if saving.isBehind { saving.submit(host, wakeup) }
        guard saving.isBehind || keyspace.keepsTooMuch, let run = saving.run else { return }
        if !saving.isHolding, run.purpose != .dump { holdWriters() }
    }

    /// Every key has been met.
    private mutating func endWalk() {
        passChunksOn()
        if saving.run != nil {
            saving.run?.isWalked = true
            saving.lastBytesHandedOver = keyspace.snapshot?.bytesHandedOver ?? 0
            saving.lastKeyCount = keyspace.snapshot?.keyCount ?? 0
            saving.add(.finish)
            saving.submit(host, wakeup)
        }
        keyspace.endSnapshot()
    }

    private mutating func takeSnapshotOutcomes() {
        while let outcome = saving.takeOutcome() {
            guard outcome.number == saving.run?.number else { continue }
            switch outcome.result {
            case .progress(let size): if saving.run?.purpose == .transfer { transferHasGrown(to: size) }
            case .saved(let size): endRun(.saved(size: size))
            case .failed(let error, let stage): endRun(.failed(error, stage))
            }
        }
        if saving.isBehind { saving.submit(host, wakeup) }
    }

    // MARK: The end

    private mutating func endRun(_ result: SnapshotResult) {
        guard let run = saving.run else { return }
        saving.run = nil
        if case .saved = result {
        } else {
            saving.dropJobs()
            saving.add(.abandon)
            saving.submit(host, wakeup)
            keyspace.abandonSnapshot()
        }
        releaseWritersIfCaughtUp()
        snapshotHasEnded(run, result)
    }

    /// Gives up the snapshot that is being taken, if any; nothing is left of its file when the disk thread gets there.
    mutating func abandonSnapshot() { endRun(.abandoned) }

    /// Takes the snapshot to its end at once, and waits for the disk.
    mutating func finishSnapshotWaiting() {
        while saving.run != nil {
            takeSnapshotOutcomes()
            guard let run = saving.run else { return }
            if !run.isWalked, keyspace.walkSnapshot(until: .max) { endWalk() }
            while let chunk = keyspace.snapshot?.takeChunk() { saving.add(.write(chunk)) }
            saving.submitWaiting(host, wakeup, untilDone: saving.run?.isWalked == true)
        }
    }

    /// Waits until the disk thread has nothing left to do, so that the process may end.
    mutating func finishDiskJobs() { saving.submitWaiting(host, wakeup, untilDone: true) }

    // MARK: Writers that wait

    private mutating func holdWriters() {
        saving.isHolding = true
        restrictServer(.held, true)
    }

    private mutating func releaseWritersIfCaughtUp() {
        guard saving.isHolding, saving.run == nil || saving.hasCaughtUp && !keyspace.keepsMuch else { return }
        let held = saving.held
        saving.held = []
        saving.isHolding = false
        restrictServer(.held, false)
        for client in held where clients.contains(client) && clients[client].flags.contains(.isPostponed) {
            clients[client].flags.remove(.isPostponed)
            clients.makeReady(client)
        }
    }
}
