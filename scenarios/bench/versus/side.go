package versus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// side is what is compared. Its methods are called by one goroutine.
type side interface {
	// slice verifies the next n tokens. It returns how long that took and how
	// many were refused.
	slice(n int) (taken time.Duration, wrong int, err error)

	// renew is called between two epochs.
	renew(ctx context.Context) error

	close()
}

// build is a program with the command "bench worker".
type build struct {
	path string
	env  []string
	job  job

	ready ready
	cmd   *exec.Cmd
	stdin io.Closer
	dec   *json.Decoder
	enc   *json.Encoder
	said  strings.Builder // on standard error
}

// answerTime bounds one answer of a worker: a slice takes milliseconds, and the
// allocations of a hundred thousand tokens some seconds.
const answerTime = time.Minute

// start starts a worker, which ctx ends.
func (b *build) start(ctx context.Context) error {
	b.said.Reset()
	b.cmd = exec.CommandContext(ctx, b.path, "bench", "worker")
	b.cmd.Env, b.cmd.Stderr, b.cmd.WaitDelay = b.env, &b.said, time.Second
	stdin, err := b.cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := b.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := b.cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", b.path, err)
	}
	b.stdin, b.enc, b.dec = stdin, json.NewEncoder(stdin), json.NewDecoder(stdout)
	if err := b.ask(b.job, &b.ready); err != nil {
		return err
	}
	if b.ready.Error != "" {
		return fmt.Errorf("%s: %s", b.path, b.ready.Error)
	}
	return nil
}

// ask sends a line and reads the answer.
func (b *build) ask(question, answer any) error {
	late := time.AfterFunc(answerTime, func() { b.cmd.Process.Kill() })
	defer late.Stop()
	err := b.enc.Encode(question)
	if err == nil {
		err = b.dec.Decode(answer)
	}
	if err == nil {
		return nil
	}
	_ = b.cmd.Process.Kill() // it may have ended by itself
	b.close()                // which collects what it said
	said := strings.TrimSpace(b.said.String())
	if said == "" {
		said = err.Error()
	}
	return fmt.Errorf("%s: no answer of a worker, is it a build of assay with bench compare? %s", b.path, said)
}

func (b *build) slice(n int) (time.Duration, int, error) {
	var d done
	err := b.ask(order{N: n}, &d)
	return time.Duration(d.NS), d.Wrong, err
}

func (b *build) renew(ctx context.Context) error {
	b.close()
	return b.start(ctx)
}

// close ends the worker. A second call does nothing.
func (b *build) close() {
	if b.stdin == nil {
		return
	}
	b.stdin.Close()
	late := time.AfterFunc(answerTime, func() { b.cmd.Process.Kill() })
	defer late.Stop()
	// How it ended matters only to a caller that wanted an answer.
	_ = b.cmd.Wait()
	b.stdin = nil
}

// adapter is an implementation over the adapter protocol.
type adapter struct {
	implementation implementations.Implementation
	verifier       implementations.Verifier
	tokens         []string
	next           int
}

// openAdapter starts an implementation for the tokens of an issuer.
func openAdapter(ctx context.Context, open func(context.Context) (implementations.Implementation, error), j job) (*adapter, error) {
	implementation, err := open(ctx)
	if err != nil {
		return nil, err
	}
	a := &adapter{implementation: implementation, tokens: j.Tokens}
	v, answer, err := implementation.Open(ctx, implementations.Setup{
		Issuer: j.Issuer, Audience: []string{j.ClientID}, Policy: "char", AllowLoopbackHTTP: true,
	})
	if err == nil && v == nil {
		err = fmt.Errorf("%s refuses its configuration: %s", implementation.Describe().Name, answer.Message)
	}
	if err != nil {
		return nil, errors.Join(err, implementation.Close())
	}
	a.verifier = v
	return a, nil
}

func (a *adapter) slice(n int) (taken time.Duration, wrong int, err error) {
	ctx := context.Background() // the adapter's own time limit bounds each answer
	began := time.Now()
	for range n {
		answer, err := a.verifier.Verify(ctx, implementations.Input{Token: a.tokens[a.next]})
		if err != nil {
			return 0, wrong, err
		}
		if answer.Verdict != scenarios.Accept {
			wrong++
		}
		if a.next++; a.next == len(a.tokens) {
			a.next = 0
		}
	}
	return time.Since(began), wrong, nil
}

func (a *adapter) renew(context.Context) error { return nil }

// close ends the implementation. A fault that only now comes to light no longer
// changes a figure.
func (a *adapter) close() {
	_ = a.verifier.Close()
	_ = a.implementation.Close()
}
