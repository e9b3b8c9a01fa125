// Package paired tells how much longer one function takes than another, on a
// machine that does other things meanwhile.
//
// [Compare] times the two in slices of a fifth of a millisecond, by turns in
// the order ABBA or BAAB, so that whatever slows the machine slows both. It
// takes the median ratio of each epoch of a third of a second, and the
// interval over the epochs, which meet different states of the machine: an
// interval over the rounds within one epoch knows nothing of those.
//
// Short slices and medians leave the garbage collector out. [CompareLong] uses
// long slices and means, and so includes it, at the price of a wider interval.
//
// Measurements lock their goroutine to a thread and must not run at the same
// time as each other.
package paired
