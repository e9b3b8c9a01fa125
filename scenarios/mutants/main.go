package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
)

// errSurvivors is that mutants survive which must not.
var errSurvivors = errors.New("mutants survive that must be killed: write the case that tells them from the verifier, " +
	"or list them in equivalents.go with the reason why there is none")

func main() {
	var o options
	worker := flag.Bool("worker", false, "answer requests on standard input")
	flag.StringVar(&o.root, "root", ".", "`folder` of the module")
	flag.StringVar(&o.only, "only", "", "try only mutants whose line in the list has this `text`")
	flag.StringVar(&o.cases, "cases", "", "judge by the cases alone whose IDs begin with one of these `prefixes`, separated by commas")
	flag.StringVar(&o.by, "by", "", "try only what is judged by scenarios or tests")
	flag.IntVar(&o.sample, "sample", 0, "try only `n` mutants that are known to be killed by scenarios")
	flag.Uint64Var(&o.seed, "seed", 1, "choose the sample by this `number`")
	flag.BoolVar(&o.update, "update", false, "write what is found to survivors.txt and killed.txt")
	flag.BoolVar(&o.fresh, "new", false, "try only mutants that have not been judged before")
	flag.BoolVar(&o.survivors, "survivors", false, "try only mutants that survived or were not reached")
	flag.BoolVar(&o.list, "list", false, "list the mutants and do no more")
	flag.IntVar(&o.workers, "workers", runtime.NumCPU(), "use `n` processes")
	flag.BoolVar(&o.verbose, "v", false, "print each mutant that is judged")
	flag.Parse()
	if !slices.Contains([]string{"", "scenarios", "tests"}, o.by) {
		fmt.Fprintf(os.Stderr, "mutants: -by is %q, want scenarios or tests\n", o.by)
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if *worker {
		err = serve(ctx)
	} else {
		err = drive(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}
