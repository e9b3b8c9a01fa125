package main

import (
	"fmt"
	"os"
	"strings"
	"text/template"
)

// formulaText is the formula for a tap of Homebrew.
const formulaText = `class Assay < Formula
  desc "Finds out whether ID Tokens are verified correctly, and how fast"
  homepage "{{.Repository}}"
  version "{{.Version}}"
  license "Apache-2.0"
{{range .Systems}}
  on_{{.Name}} do{{range .Archives}}
    on_{{.CPU}} do
      url "{{$.Repository}}/releases/download/v{{$.Version}}/{{.Name}}"
      sha256 "{{.Digest}}"
    end{{end}}
  end
{{end}}
  def install
    bin.install "assay"
    man1.install Dir["man/*.1"]
    generate_completions_from_executable(bin/"assay", "completion")
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/assay --version")
    system bin/"assay", "run", "aud.prefix"
  end
end
`

type system struct {
	Name     string
	Archives []archive
}

type archive struct{ CPU, Name, Digest string }

// formula writes assay.rb.
func (d dist) formula() error {
	files, err := d.checksums()
	if err != nil {
		return err
	}
	var systems []system
	for _, s := range []struct{ brew, os string }{{"macos", "darwin"}, {"linux", "linux"}} {
		sys := system{Name: s.brew}
		for _, cpu := range []struct{ brew, arch string }{{"arm", "arm64"}, {"intel", "amd64"}} {
			end := fmt.Sprintf("_%s_%s.tar.gz", s.os, cpu.arch)
			for _, f := range files {
				if strings.HasSuffix(f.name, end) {
					sys.Archives = append(sys.Archives, archive{cpu.brew, f.name, f.digest})
				}
			}
		}
		if len(sys.Archives) != 2 {
			return fmt.Errorf("%s has %d archives for %s, want 2", checksumsName, len(sys.Archives), s.os)
		}
		systems = append(systems, sys)
	}
	out, err := os.Create(d.path("assay.rb"))
	if err != nil {
		return err
	}
	defer out.Close()
	err = template.Must(template.New("").Parse(formulaText)).Execute(out, struct {
		Repository, Version string
		Systems             []system
	}{repository, d.Version, systems})
	if err != nil {
		return err
	}
	return out.Close()
}
