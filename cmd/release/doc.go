// Command release adds to a folder that goreleaser has made what that cannot make
// without a registry or a key: a container image, a statement of provenance and a
// Homebrew formula. Everything depends on the commit alone, and nothing is signed
// or published.
//
//	release image DIST       a container image for each architecture of Linux
//	release provenance DIST  an in-toto statement about what checksums.txt lists
//	release formula DIST     assay.rb, for a tap
//	release verify DIST      whether the files are those of the statement
//
// It is a module of its own, so that a program which imports the verifier does not
// depend on what makes a release.
package main
