package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/assay-id/assay/scenarios/mutants/point"
)

// process is a running worker. One goroutine uses it at a time.
type process struct {
	path    string
	atStart int // the mutant that is on while the process starts

	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

// errDied is that a worker ended instead of answering.
var errDied = errors.New("the worker died")

// spare is how much longer than its own limits a worker may take to answer.
const spare = 30 * time.Second

// ask has a worker answer, which it starts if there is none. After an error
// there is none again.
func (p *process) ask(ctx context.Context, q Request) (*Answer, error) {
	if p.cmd == nil {
		if err := p.start(ctx); err != nil {
			return nil, err
		}
	}
	late := time.AfterFunc(time.Duration(q.TimeoutMS)*time.Millisecond+giveUp+spare, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	answer := new(Answer)
	err := json.NewEncoder(p.in).Encode(q)
	if err == nil {
		err = p.out.Decode(answer)
	}
	if err != nil {
		why := p.stop()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: %v", errDied, why)
	}
	return answer, nil
}

func (p *process) start(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, p.path, "-worker")
	cmd.Env = append(os.Environ(), point.ActiveVariable+"="+strconv.Itoa(p.atStart))
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.cmd, p.in, p.out = cmd, in, json.NewDecoder(out)
	return nil
}

// stop ends the worker, if there is one, and says how it ended.
func (p *process) stop() error {
	if p.cmd == nil {
		return nil
	}
	_ = p.in.Close()
	late := time.AfterFunc(giveUp, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	err := p.cmd.Wait()
	p.cmd = nil
	return err
}
