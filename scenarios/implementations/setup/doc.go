//go:build unix

// Command setup installs what a manifest of implementations lists, and runs a
// command:
//
//	go run ./scenarios/implementations/setup MANIFEST COMMAND...
//
// A setup that fails is reported, and the rest goes ahead: the command will say
// that this implementation does not start. The exit code is that of the
// command. Start with main.go. It installs into folders of the repository and,
// where its commands use a package manager, into the system, so it is for CI
// and containers; assay itself never runs it.
package main
