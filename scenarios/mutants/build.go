package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// overlay writes the rewritten sources and the file that tells the go command
// to read them instead of the originals, whose name it returns.
func overlay(dir string, found map[*source][]*Mutant) (string, error) {
	replace := make(map[string]string)
	for s, list := range found {
		path := filepath.Join(dir, fmt.Sprintf("%d.go", len(replace)))
		if err := os.WriteFile(path, []byte(rewrite(s, list)), 0o600); err != nil {
			return "", err
		}
		replace[s.path] = path
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, text, 0o600)
}

// build runs the go command in root with the overlay.
func build(root, overlay string, args ...string) error {
	cmd := exec.Command("go", append([]string{args[0], "-overlay", overlay}, args[1:]...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w", args[0], err)
	}
	return nil
}
