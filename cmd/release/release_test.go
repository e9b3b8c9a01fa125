package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// archives are the files of a release, without the lists of modules.
var archives = []string{
	"assay_1.2.3_darwin_amd64.tar.gz", "assay_1.2.3_darwin_arm64.tar.gz", "assay_1.2.3_linux_amd64.tar.gz",
	"assay_1.2.3_linux_arm64.tar.gz", "assay_1.2.3_windows_amd64.zip",
}

// made returns a folder as goreleaser makes it.
func made(t *testing.T) dist {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("metadata.json", `{"version":"1.2.3","tag":"v1.2.3","commit":"7f3a"}`)
	write("checksums.txt", "")
	for _, name := range archives {
		write(name, "the bytes of "+name)
	}
	for _, arch := range []string{"amd64_v1", "arm64_v8.0"} {
		name := "assay_linux_" + arch + "/assay"
		write(name, "the program for "+arch)
		at := time.Unix(1_800_000_000, 0)
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	d, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range archives {
		if err := d.addChecksum(name); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// The statement is about every file, and any other byte in one is noticed.
func TestProvenanceIsCheckedByDigest(t *testing.T) {
	t.Parallel()
	d := made(t)
	if err := d.provenance(); err != nil {
		t.Fatal(err)
	}
	if err := d.verify(); err != nil {
		t.Errorf("verify = %v, want no error", err)
	}
	text, err := os.ReadFile(d.path(statementName))
	if err != nil {
		t.Fatal(err)
	}
	var s statement
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	if s.Type != "https://in-toto.io/Statement/v1" || s.PredicateType != "https://slsa.dev/provenance/v1" || len(s.Subject) != len(archives) {
		t.Errorf("the statement is %+v, want one about %d files", s, len(archives))
	}
	if got := s.Predicate.BuildDefinition.ResolvedDependencies[0].Digest["gitCommit"]; got != "7f3a" {
		t.Errorf("the statement names commit %q, want 7f3a", got)
	}

	changed := d.path(archives[2])
	if err := os.WriteFile(changed, []byte("other bytes"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := d.verify(); err == nil || !strings.Contains(err.Error(), archives[2]+" has the digest") {
		t.Errorf("verify of a changed file = %v, want an error that names it", err)
	}
	if err := d.provenance(); err == nil {
		t.Error("a statement was made about a file that is not the one of checksums.txt")
	}
	if err := d.addChecksum(archives[2]); err != nil {
		t.Fatal(err)
	}
	if err := d.verify(); err == nil {
		t.Error("a new checksum makes a changed file right")
	}
}

func TestVerifyWantsAllFiles(t *testing.T) {
	t.Parallel()
	d := made(t)
	if err := d.provenance(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.path("another"), []byte("1"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := d.addChecksum("another"); err != nil {
		t.Fatal(err)
	}
	if err := d.verify(); err == nil || !strings.Contains(err.Error(), "says nothing about another") {
		t.Errorf("verify = %v, want an error about the file without a statement", err)
	}
	if err := os.WriteFile(d.path(checksumsName), []byte("00  ../another\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := d.checksums(); err == nil || !strings.Contains(err.Error(), "want a digest and the name of a file") {
		t.Errorf("checksums of a file elsewhere = %v, want an error", err)
	}
}

func TestFormula(t *testing.T) {
	t.Parallel()
	d := made(t)
	if err := d.formula(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(d.path("assay.rb"))
	if err != nil {
		t.Fatal(err)
	}
	digest, err := d.digest(archives[1])
	if err != nil {
		t.Fatal(err)
	}
	if want := "v1.2.3/" + archives[1] + "\"\n      sha256 \"" + digest + "\""; !strings.Contains(string(text), want) {
		t.Errorf("the formula has no %s:\n%s", want, text)
	}
	if n := strings.Count(string(text), "sha256"); n != 4 {
		t.Errorf("the formula has %d archives, want 4:\n%s", n, text)
	}
}

// The image has nothing but the program, which runs as nobody, and is made the
// same every time.
func TestImage(t *testing.T) {
	t.Parallel()
	d := made(t)
	const name = "assay_1.2.3_image.tar"
	var before []byte
	for range 2 {
		if err := d.image(); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(d.path(name))
		if err != nil {
			t.Fatal(err)
		}
		if before != nil && !bytes.Equal(before, text) {
			t.Error("a second image of the same program differs")
		}
		before = text
	}
	if files, err := d.checksums(); err != nil || files[len(files)-1].name != name || len(files) != len(archives)+1 {
		t.Errorf("checksums = %v, %v, want the image once, at the end", files, err)
	}
	index, err := layout.ImageIndexFromPath(unpacked(t, before))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 2 {
		t.Fatalf("the index has %v, %v, want two images", manifest, err)
	}
	img, err := index.Image(manifest.Manifests[1].Digest)
	if err != nil {
		t.Fatal(err)
	}
	checkImage(t, img, manifest.Manifests[1].Platform)
}

func checkImage(t *testing.T, img v1.Image, platform *v1.Platform) {
	t.Helper()
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c := config.Config
	if platform.Architecture != "arm64" || config.Architecture != "arm64" || c.User != nobody || c.Entrypoint[0] != "assay" || c.Labels["org.opencontainers.image.revision"] != "7f3a" {
		t.Errorf("the image for %v has the configuration %+v", platform, config)
	}
	layers, err := img.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("the image has %d layers, %v, want one", len(layers), err)
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	archive, err := io.ReadAll(content)
	if err != nil || !bytes.HasSuffix(archive, make([]byte, 1024)) {
		t.Errorf("the layer has no end: %v", err)
	}
	var names []string
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if text, err := io.ReadAll(r); err != nil || string(text) != "the program for arm64_v8.0" || h.Mode != 0o755 || h.ModTime.Unix() != 1_800_000_000 {
			t.Errorf("the program is %q, %v, with %+v", text, err, h)
		}
	}
	if got, want := strings.Join(names, " "), "tmp/ usr/ usr/local/ usr/local/bin/ usr/local/bin/assay"; got != want {
		t.Errorf("the layer has %s, want %s", got, want)
	}
}

// unpacked returns a folder with the files of an archive.
func unpacked(t *testing.T, archive []byte) string {
	t.Helper()
	dir := t.TempDir()
	r := tar.NewReader(bytes.NewReader(archive))
	for {
		h, err := r.Next()
		if err == io.EOF {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, h.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
