package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

var update = flag.Bool("update", false, "rewrite the golden parts of scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"assay": func() {
			os.Exit(invoke(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
		},
	})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update,
		RequireExplicitExec: true, RequireUniqueNames: true,
		Condition: func(name string) (bool, error) {
			if name != "long" {
				return false, fmt.Errorf("the condition is %q, want long", name)
			}
			return longtest.Wanted(), nil
		},
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"FREE", "FREE_IDP", "FREE_CONTROL"} {
				address, err := runtest.FreeAddress()
				if err != nil {
					return err
				}
				env.Setenv(name, address)
			}
			// Most programs of a script end before a second collection would.
			env.Setenv("GOGC", "400")
			return nil
		},
	})
}
