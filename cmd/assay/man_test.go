package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

var man = flag.String("man", "", "write the man pages to this folder")

// Every command that people see has a man page with its flags. make man keeps
// the pages. The generator is not part of the program.
func TestManPages(t *testing.T) {
	dir := *man
	if dir == "" {
		dir = t.TempDir()
	} else if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	root := (&app{}).rootCommand()
	// A page that is generated twice is the same, whatever the day.
	date := time.Unix(0, 0).UTC()
	header := &doc.GenManHeader{Section: "1", Source: "assay", Manual: "assay", Date: &date}
	prepare(root)
	if err := doc.GenManTree(root, header, dir); err != nil {
		t.Fatal(err)
	}
	for page, want := range map[string]string{
		"assay.1":                "0    as expected\n",
		"assay-run.1":            "--write-expectations",
		"assay-idp-ctl-keys.1":   "--control",
		"assay-completion-zsh.1": "zsh",
	} {
		text, err := os.ReadFile(filepath.Join(dir, page))
		if err != nil {
			t.Error(err)
		} else if !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %q", page, want)
		}
	}
}

// prepare makes the texts of a command, and of all below it, fit for the
// generator, which reads them as Markdown and adds the day.
func prepare(cmd *cobra.Command) {
	cmd.DisableAutoGenTag = true
	var b strings.Builder
	before := ""
	for line := range strings.Lines(cmd.Long) {
		if strings.HasPrefix(line, "  ") {
			if !strings.HasPrefix(before, "  ") && before != "\n" {
				b.WriteByte('\n')
			}
			line = "  " + line // which makes it a block that is not wrapped
		}
		b.WriteString(line)
		before = line
	}
	cmd.Long = b.String()
	for _, sub := range cmd.Commands() {
		prepare(sub)
	}
}
