package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"

	"github.com/assay-id/assay/scenarios/implementations/go-peers/adapters"
)

// The exit codes, which are those of assay.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitInvalid = 4

	exitInterrupted = 130
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var code int
	if args := os.Args[1:]; len(args) > 0 && args[0] == "adapter" {
		code = serveAdapter(args[1:], os.Stdin, os.Stdout, os.Stderr)
	} else {
		code = run(ctx, args, os.Stdout, os.Stderr)
	}
	stop()
	os.Exit(code)
}

// serveAdapter is the adapter for the library that args names.
func serveAdapter(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) != 1 {
		fmt.Fprintf(stderr, "go-peers: error: adapter takes one library of %s\n", strings.Join(adapters.Names(), ", "))
		return exitUsage
	}
	if err := adapters.Serve(args[0], stdin, stdout); err != nil {
		fmt.Fprintln(stderr, "go-peers: error:", err)
		return exitUsage
	}
	return exitOK
}

// run is the comparison. What was measured before ctx ended is still written.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("go-peers", flag.ContinueOnError)
	flags.SetOutput(stderr)
	jsonFile := flags.String("json", "", "write JSON lines to this `file` too")
	only := flags.String("only", "", "measure only comparisons whose description has this `text`")
	quick := flags.Bool("quick", false, "measure for a moment only: the figures say nothing, the outcomes do")
	seed := flags.Uint64("seed", 0, "decides the order of the slices; 0 takes one at random")
	list := flags.Bool("list", false, "list the peers with their versions, and measure nothing")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		if errors.Is(err, flag.ErrHelp) {
			return exitOK
		}
		if err == nil {
			fmt.Fprintf(stderr, "go-peers: error: unexpected argument %q\n", flags.Arg(0))
		}
		return exitUsage
	}
	if *list {
		for _, p := range peers() {
			fmt.Fprintln(stdout, p.name, version(p.module))
		}
		return exitOK
	}
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	env, err := newEnvironment()
	if err != nil {
		fmt.Fprintln(stderr, "go-peers: error:", err)
		return exitFailed
	}
	defer env.server.Close()

	h := thisHost(*seed)
	var done []comparison
	b := &bench{env: env, only: *only, quick: *quick, seed: *seed, told: func(c comparison) {
		done = append(done, c)
		fmt.Fprintf(stderr, "%s, %s: %s / %s = %.3f\n", c.Section, c.Alg, c.Right, c.Left, c.Result.Ratio.Estimate)
	}}
	measured := b.all(ctx)
	if err := write(stdout, *jsonFile, h, done); err != nil {
		fmt.Fprintln(stderr, "go-peers: error:", err)
		return exitFailed
	}
	switch {
	case errors.Is(measured, errNoisy):
		fmt.Fprintln(stderr, "go-peers: error:", measured)
		fmt.Fprintln(stderr, "go-peers: hint: stop what else runs here, and try again")
		return exitInvalid
	case ctx.Err() != nil:
		return exitInterrupted
	case measured != nil:
		fmt.Fprintln(stderr, "go-peers: error:", measured)
		return exitFailed
	case len(done) == 0:
		fmt.Fprintf(stderr, "go-peers: error: no comparison has %q in its description\n", *only)
		return exitUsage
	}
	return exitOK
}

// write writes both reports.
func write(stdout io.Writer, jsonFile string, h host, list []comparison) error {
	if err := writeTable(stdout, h, list); err != nil || jsonFile == "" {
		return err
	}
	f, err := os.Create(jsonFile)
	if err != nil {
		return err
	}
	if err := writeJSON(f, h, list); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
