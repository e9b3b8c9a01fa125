package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// repository is where the source is.
const repository = "https://github.com/assay-id/assay"

// dist is a folder that goreleaser has made.
type dist struct {
	dir string

	// Of metadata.json.
	Version string `json:"version"`
	Tag     string `json:"tag"`
	Commit  string `json:"commit"`
}

// open reads what goreleaser says about a folder.
func open(dir string) (dist, error) {
	d := dist{dir: dir}
	text, err := os.ReadFile(d.path("metadata.json"))
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return d, fmt.Errorf("metadata.json: %w", err)
	}
	if d.Version == "" || d.Commit == "" {
		return d, fmt.Errorf("metadata.json has version %q and commit %q, want both", d.Version, d.Commit)
	}
	return d, nil
}

// path returns the path of a file of the folder.
func (d dist) path(name string) string { return filepath.Join(d.dir, name) }

const checksumsName = "checksums.txt"

// file is a file with its SHA-256 digest, in hexadecimal digits.
type file struct{ name, digest string }

// checksums returns the files that checksums.txt lists, in its order. What it
// says must be true.
func (d dist) checksums() ([]file, error) {
	list, err := os.Open(d.path(checksumsName))
	if err != nil {
		return nil, err
	}
	defer list.Close()
	var all []file
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		digest, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok || name != filepath.Base(name) {
			return nil, fmt.Errorf("%s has the line %q, want a digest and the name of a file", checksumsName, lines.Text())
		}
		got, err := d.digest(name)
		if err != nil {
			return nil, err
		}
		if got != digest {
			return nil, fmt.Errorf("%s has the digest %s, want %s", name, got, digest)
		}
		all = append(all, file{name, digest})
	}
	return all, lines.Err()
}

// digest returns the SHA-256 digest of a file.
func (d dist) digest(name string) (string, error) {
	f, err := os.Open(d.path(name))
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// addChecksum adds a file to checksums.txt, or replaces its line.
func (d dist) addChecksum(name string) error {
	text, err := os.ReadFile(d.path(checksumsName))
	if err != nil {
		return err
	}
	digest, err := d.digest(name)
	if err != nil {
		return err
	}
	var kept strings.Builder
	for line := range strings.Lines(string(text)) {
		if !strings.HasSuffix(line, "  "+name+"\n") {
			kept.WriteString(line)
		}
	}
	return os.WriteFile(d.path(checksumsName), []byte(kept.String()+digest+"  "+name+"\n"), 0o644)
}
