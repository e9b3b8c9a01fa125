// Package intake is the gate for YAML and JSON that people give to the mock
// and to its users: files on disk and the bodies of requests.
//
// A text passes it before a parser sees it, because parsers trust their input:
// they need minutes and gigabytes for a few hundred bytes of nested brackets
// or of aliases to aliases. The gate limits the size, the depth and what
// aliases expand to, in time that is linear in the size. It opens only regular
// files, so that a named pipe cannot block and a device cannot feed a reader
// for ever.
//
// Its errors name the file, the line and the column. Whatever they quote of a
// text is short and safe to print on a terminal.
//
// [YAML] and [JSON] decode a text, [ReadFile] and [Open] find it on disk. The
// package knows nothing of what the texts mean. Its functions are safe for
// concurrent use.
package intake
