// Package people reads who is there in a mock environment, users,
// organizations, connections and clients, from a small YAML file.
//
// [Parse] reads a file strictly: an unknown key, a reference to nothing or a
// name that occurs twice is an error with the file, the line and the place.
// [Default] is a file of its own, which shows every key and is worth copying.
// The package holds no state; everything is safe for concurrent use.
package people
