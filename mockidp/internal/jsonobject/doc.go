// Package jsonobject is a JSON object that keeps the order of its members, and
// duplicates if it is given any. The documents and tokens of the mock are made
// of it, because encoding/json sorts the members of a map and drops duplicates.
// It has no state; an [Object] is as safe for concurrent use as any slice.
package jsonobject
