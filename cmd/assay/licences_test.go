package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/scenarios/longtest"
)

var licences = flag.String("licences", "", "write the licences of linked modules to this folder")

// licenceList names the licence of each module that the program links.
const licenceList = "../release/LICENSES.md"

// licenceTexts are sentences that only one licence has. A licence that is not
// here is one that nobody has looked at.
var licenceTexts = []struct{ name, text string }{
	{"Apache-2.0", "Apache License Version 2.0"},
	{"MPL-2.0", "Mozilla Public License"},
	{"BSD-3-Clause", "may be used to endorse or promote products"},
	{"BSD-2-Clause", "Redistributions in binary form must reproduce the above copyright notice, this list of conditions"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software for any purpose"},
}

// The list has each module that is linked on some system, with its licence.
// -update rewrites it, and -licences keeps the texts, which a release contains.
func TestLicencesAreListed(t *testing.T) {
	if *licences == "" && !*update {
		longtest.Only(t)
	}
	t.Parallel()
	var list strings.Builder
	list.WriteString("# Licences\n\nassay is under the Apache License 2.0. These are the licences of the modules that its program links; an\n" +
		"archive of a release has their texts.\n\n| module | licence |\n| --- | --- |\n")
	modules := linkedModules(t)
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		names, texts := licencesOf(t, modules[path])
		if len(names) == 0 {
			t.Errorf("%s has no licence that is known", path)
		}
		fmt.Fprintf(&list, "| %s | %s |\n", path, strings.Join(names, ", "))
		if *licences != "" {
			writeLicences(t, filepath.Join(*licences, filepath.FromSlash(path)), texts)
		}
	}
	if *update {
		writeFile(t, licenceList, list.String())
	}
	want, err := os.ReadFile(licenceList)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), list.String()); diff != "" {
		t.Errorf("cmd/release/LICENSES.md differs (-want +got); -update rewrites it:\n%s", diff)
	}
}

// linkedModules returns the folders of the modules that the program links on the
// systems of a release, by path.
func linkedModules(t *testing.T) map[string]string {
	t.Helper()
	modules := make(map[string]string)
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}", module+"/cmd/assay")
		cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		for line := range strings.Lines(string(out)) {
			if path, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				modules[path] = dir
			}
		}
	}
	return modules
}

var space = regexp.MustCompile(`\s+`)

// licencesOf returns the names of the licences in the folder of a module, and
// their texts by the names of files, notices included.
func licencesOf(t *testing.T, dir string) (names []string, texts map[string]string) {
	t.Helper()
	texts = make(map[string]string)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)([.-].*)?$`).MatchString(e.Name()) || e.IsDir() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts[e.Name()] = string(b)
		text := strings.ToLower(space.ReplaceAllString(string(b), " "))
		for _, l := range licenceTexts {
			if strings.Contains(text, strings.ToLower(l.text)) {
				names = append(names, l.name)
				break
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), texts
}

func writeLicences(t *testing.T, dir string, texts map[string]string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
