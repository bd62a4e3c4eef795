// What a model test asks a value of any kind after each step.

@testable import Engine

extension StoredValue {
    /// Traps, or is false, if the containers of the value contradict themselves.
    func isWhole(in heap: Heap) -> Bool {
        switch kind {
        case .hash: HashValue(word: word, heap: heap).checkInvariants()
        case .set: SetValue(word: word, heap: heap).checkInvariants()
        case .sortedSet: return SortedSetValue(word: word, heap: heap).checkInvariants()
        case .list: return ListValue(word: word, heap: heap).checkInvariants()
        default: return StreamValue(word: word, heap: heap).checkInvariants()
        }
        return true
    }
}
