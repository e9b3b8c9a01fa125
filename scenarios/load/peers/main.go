package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	assay, tools string
	rate, rounds int
	duration     time.Duration
}

func main() {
	var o options
	serving := flag.Bool("serve", false, "be the server, which standard input describes")
	flag.StringVar(&o.assay, "assay", filepath.Join("bin", "assay"), "`path` of assay")
	flag.StringVar(&o.tools, "tools", filepath.Join(".tmp", "load-peers"), "`folder` to install vegeta and k6 in")
	flag.IntVar(&o.rate, "rate", 2000, "requests per `second`")
	flag.IntVar(&o.rounds, "rounds", 5, "how `often` each is measured")
	flag.DurationVar(&o.duration, "duration", 5*time.Second, "how long each load takes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if *serving {
		err = serve(os.Stdin, os.Stdout)
	} else {
		err = compare(ctx, o, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers: error:", err)
		os.Exit(1)
	}
}

// installed is a tool that was found.
type installed struct {
	tool
	path string
}

// findAll returns the tools that are there, and says which are not.
func findAll(ctx context.Context, o options, out io.Writer) []installed {
	var list []installed
	for _, t := range tools() {
		path, err := o.assay, error(nil)
		if t.name != assayName {
			path, err = t.find(ctx, o.tools)
		}
		if err != nil {
			fmt.Fprintf(out, "Left out: %v.\n\n", err)
			continue
		}
		list = append(list, installed{t, path})
	}
	return list
}

// compare measures and prints all conditions. The error may be that assay and k6
// disagree, or cannot be compared.
func compare(ctx context.Context, o options, out io.Writer) error {
	list := findAll(ctx, o, out)
	conditions := conditions(o)
	results := make(results)
	for round := range o.rounds {
		fmt.Fprintf(os.Stderr, "peers: round %d of %d\n", round+1, o.rounds)
		for _, c := range conditions {
			for i := range list {
				// Another one is first in each round.
				t := list[(i+round)%len(list)]
				if c.title == startup.title && t.closed {
					continue
				}
				m, err := t.run(ctx, t.path, c)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", c.title, t.name, err)
				}
				results.add(c.title, t.name, m)
			}
		}
	}
	fmt.Fprintf(out, "%d cores, %s/%s, %s; medians of %d rounds of %v, in turns.\n"+
		"assay counts latency from the intended start of a request, the others from when they send it.\n"+
		"wrk has no rate: it sends as much as the server answers.\n",
		runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), o.rounds, o.duration)
	for _, c := range conditions {
		results.write(out, c, list)
	}
	return results.agree(conditions[0])
}
