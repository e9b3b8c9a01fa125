package main

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestDescribeBuild(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		info *debug.BuildInfo
		want []string
	}{
		{"nothing is known", nil, []string{"assay devel", "revision   unknown: built without version control"}},
		{
			"a release", &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "7f3a"}, {Key: "vcs.modified", Value: "false"}}},
			[]string{"assay v1.2.3", "revision   7f3a\n"},
		},
		{
			"a working copy with changes", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "7f3a"}, {Key: "vcs.modified", Value: "true"}}},
			[]string{"assay devel", "revision   7f3a, modified"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := describeBuild(tt.info, "")
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("describeBuild() = %q, want %q in it", got, want)
				}
			}
		})
	}
}
