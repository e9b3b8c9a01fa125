package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print version, revision, Go version, and which assay.yaml is in use",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			info, _ := debug.ReadBuildInfo()
			return a.print(describeBuild(info, findSettings()))
		},
	}
}

// version returns the version of the module, or devel in a working copy.
func version() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	if info == nil || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// describeBuild returns what is known of a build, which may be nil, and which
// file of settings is in use.
func describeBuild(info *debug.BuildInfo, settingsFile string) string {
	settings := make(map[string]string)
	if info != nil {
		for _, s := range info.Settings {
			settings[s.Key] = s.Value
		}
	}
	revision := cmp.Or(settings["vcs.revision"], "unknown: built without version control")
	if settings["vcs.modified"] == "true" {
		revision += ", modified"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "assay %s\n", versionOf(info))
	row := func(name, value string) { fmt.Fprintf(&b, "%-9s  %s\n", name, value) }
	row("revision", revision)
	row("Go", runtime.Version())
	row("platform", runtime.GOOS+"/"+runtime.GOARCH)
	row("settings", cmp.Or(settingsFile, "none"))
	return b.String()
}
