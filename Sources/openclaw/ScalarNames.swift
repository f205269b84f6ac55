/// Stands in the place of the standard library's look-up of a Unicode character's name, whose tables are half a megabyte
/// of every program though nothing here asks for a name (Docs/decisions/0006). The buffer is an address in the caller's
/// hands; nothing is written, which says that there is no name.
@_cdecl("__wrap__swift_stdlib_getScalarName")
public func scalarName(_ scalar: UInt32, _ buffer: UInt, _ capacity: Int) -> Int { 0 }
