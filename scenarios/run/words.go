package run

import (
	"fmt"
	"path"

	"github.com/assay-id/assay/scenarios"
)

// want says in words what a case expects.
func want(s *scenarios.Scenario) string {
	if len(s.Steps) == 0 {
		return s.Expect.String()
	}
	return fmt.Sprintf("%d steps as written", len(s.Steps))
}

// file returns the name of the file that s is in.
func (r *runner) file(s *scenarios.Scenario) string {
	if len(r.opts.Files) == 0 {
		return path.Join("scenarios", s.File)
	}
	return s.File
}
