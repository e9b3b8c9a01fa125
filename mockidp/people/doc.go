// Package people reads the users, organizations, connections and clients of a
// mock environment from a small YAML file.
//
// [Parse] reads a file strictly: an unknown key, a reference to nothing or a
// name that occurs twice is an error with file, line and column. [Default]
// reads a file that shows every key and is worth copying. The package holds
// no state; everything is safe for concurrent use.
package people
