// Package forge makes tokens, good and malformed ones, byte by byte.
//
// Start with [Draft], the token as it should be, and [Change], what is wrong
// with it. [Draft.Forge] applies the change in the order in which a token comes
// about: members, texts, signature, encoding, and at last edits to what was
// signed. A change names one fault; everything that it does not mention is as a
// provider would have made it, so a reader sees what a verifier has to notice.
//
// A change has a JSON form, read strictly, in which keys go by their names;
// [Change.Resolve] finds them.
//
// No JOSE library is used: none would produce these tokens, and none that a
// verifier might use is allowed here, because a shared bug would cancel out.
//
// Everything here is pure: the same draft, change and keys give the same
// bytes. Values are safe for concurrent use as long as they are not modified.
package forge
