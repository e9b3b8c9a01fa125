package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// commands lists every command.
var commands = []struct {
	name string
	run  func(dist) error
}{
	{"image", dist.image},
	{"provenance", dist.provenance},
	{"formula", dist.formula},
	{"verify", dist.verify},
}

func main() {
	if err := invoke(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release: error:", err)
		os.Exit(1)
	}
}

// invoke carries out a command.
func invoke(args []string) error {
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
		if len(args) == 2 && args[0] == c.name {
			d, err := open(args[1])
			if err != nil {
				return err
			}
			return c.run(d)
		}
	}
	return errors.New("want one of " + strings.Join(names, ", ") + ", and the folder that goreleaser has made")
}
