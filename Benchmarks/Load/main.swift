// apus-bench: puts load on a server and prints what came of it as one line of JSON. scripts/bench drives it.

func usage() -> Never {
    fail(
        """
        usage: apus-bench --port N [--pid N] [--clients N] [--pipeline N] [--seconds X | --units N] [--keys N]
               [--seed N] [--probe] [--subscribers N] [--greeting "HELLO 3"]
               [--template "SET key:{key} {value:64}" [--weight PERCENT]]...
           or: apus-bench --port N --trace NAME --units N [--rate N] [--keys N] [--cached N] [--lifetime MS]
               [--clients N] [--pipeline N] [--seed N]
        """)
}

var options = LoadOptions()
var replay = ReplayOptions()
var isReplay = false
var words = CommandLine.arguments.dropFirst()
while let name = words.popFirst() {
    if name == "--probe" {
        options.hasProbe = true
        continue
    }
    guard let value = words.popFirst() else { usage() }
    switch name {
    case "--port": options.port = UInt16(value) ?? 0
    case "--pid": options.process = Int(value) ?? 0
    case "--clients": options.connections = Int(value) ?? 0
    case "--pipeline": options.pipeline = Int(value) ?? 0
    case "--seconds": options.seconds = Double(value) ?? 0
    case "--units": options.units = Int(value) ?? 0
    case "--keys": options.keyCount = Int(value) ?? 0
    case "--seed": options.seed = UInt64(value) ?? 0
    case "--subscribers": options.subscribers = Int(value) ?? 0
    case "--trace":
        guard let kind = Trace.Kind(rawValue: value) else {
            fail("there are these traces: " + Trace.Kind.allCases.map(\.rawValue).joined(separator: " "))
        }
        (replay.kind, isReplay) = (kind, true)
    case "--rate": replay.rate = Int(value) ?? 0
    case "--cached": replay.cachedCount = Int(value) ?? 0
    case "--lifetime": replay.lifetimeMilliseconds = Int(value) ?? 0
    case "--greeting": options.greeting = Template(value)
    case "--template": options.templates.append((Template(value), 100))
    case "--weight":
        guard let last = options.templates.indices.last else { usage() }
        options.templates[last].weight = Int(value) ?? 0
    default: usage()
    }
}
if isReplay {
    (replay.port, replay.requests, replay.seed) = (options.port, options.units, options.seed)
    (replay.connections, replay.pipeline) = (options.connections, options.pipeline)
    replay.keyCount = options.keyCount
    guard replay.requests > 0, replay.pipeline > 0, replay.connections > 0 else { usage() }
    var run = Replay(replay)
    print(run.run())
} else {
    let isBounded = options.seconds > 0 || options.units > 0
    guard !options.templates.isEmpty, options.pipeline > 0, options.connections > 0, isBounded else { usage() }
    var load = Load(options)
    print(load.run())
}
