package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// condition is what all generators are measured under.
type condition struct {
	title    string
	server   server
	rate     int // per second
	duration time.Duration
	pinned   bool // one core for the generator, and one for the server
}

// slowAnswer is how long the server takes whose median assay and k6 must agree
// about: longer than what a busy machine adds.
const slowAnswer = 10 * time.Millisecond

// stall is how long the server stalls.
const stall = 500 * time.Millisecond

// startup sends next to nothing. k6 wants a second for it.
var startup = condition{title: "Start-up, with 10 requests", rate: 10, duration: time.Second}

// conditions returns the conditions. The first is the one to agree about.
func conditions(o options) []condition {
	list := []condition{
		{title: fmt.Sprintf("A server that takes %v, 200/s", slowAnswer), rate: 200, server: server{Answer: slowAnswer}},
		startup,
		{title: fmt.Sprintf("A server that answers at once, %d/s", o.rate), rate: o.rate},
		{
			title: fmt.Sprintf("The same with a stall of %v", stall), rate: o.rate,
			server: server{Stall: stall, StallAt: o.duration / 2},
		},
	}
	if _, err := exec.LookPath("taskset"); err == nil && runtime.NumCPU() > 1 {
		list = append(list, condition{title: "One core for the generator, one for the server, 10000/s", rate: 10_000, pinned: true})
	}
	for i := range list {
		list[i].duration = cmp.Or(list[i].duration, o.duration)
	}
	return list
}

// measured is what one process did.
type measured struct {
	found
	cpu      time.Duration
	requests uint64
}

// run lets the tool at path do its work once.
func (t *tool) run(ctx context.Context, path string, c condition) (m measured, err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*c.duration+time.Minute)
	defer cancel()
	folder, err := os.MkdirTemp("", "peers")
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(folder)
	target, err := c.server.start(ctx, c.pinned)
	if err != nil {
		return m, err
	}
	defer func() {
		var stopErr error
		m.requests, stopErr = target.stop()
		err = cmp.Or(err, stopErr)
	}()
	process, err := t.command(ctx, path, folder, order{"http://" + target.address + "/", c.rate, c.duration, c.pinned})
	if err != nil {
		return m, err
	}
	var output, complaints bytes.Buffer
	process.Stdout, process.Stderr = &output, &complaints
	runErr := process.Run()
	// The exit code may only say that the server was slow.
	m.found, err = t.read(ctx, path, folder, output.Bytes())
	if err == nil && m.rate == 0 {
		err = errors.New("it says nothing about its requests")
	}
	if err != nil {
		return m, fmt.Errorf("%w, after %v: %s", err, runErr, strings.TrimSpace(complaints.String()))
	}
	m.cpu = process.ProcessState.UserTime() + process.ProcessState.SystemTime()
	return m, nil
}
