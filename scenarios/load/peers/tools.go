package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
)

// order is what a generator shall do.
type order struct {
	url      string
	rate     int // per second
	duration time.Duration
	pinned   bool
}

// connections is how many connections each generator may use that can be told.
const connections = 64

// found is what a generator says that it found. Times are zero if it says none.
type found struct {
	rate     float64 // per second
	p50, p99 time.Duration
}

// tool is a generator.
type tool struct {
	name string

	// module is what to install it from, and debian the package. Both are
	// empty for assay.
	module, debian string

	// closed says that it has no rate, so that it cannot send next to nothing.
	// Its start-up counts as part of its requests.
	closed bool

	// command returns the command that carries out o with the files of folder.
	command func(ctx context.Context, path, folder string, o order) (*exec.Cmd, error)

	// read returns what is in the output of the command, or in folder: zero if
	// there is nothing.
	read func(ctx context.Context, path, folder string, output []byte) (found, error)
}

// The names that the judgement needs.
const (
	assayName  = "assay"
	vegetaName = "vegeta"
	k6Name     = "k6"
)

// tools returns all generators. The versions are pinned, so that a figure of
// today is one of tomorrow.
func tools() []tool {
	return []tool{
		{name: assayName, command: assayCommand, read: readAssay},
		{name: vegetaName, module: "github.com/tsenart/vegeta/v12@v12.13.0", command: vegetaCommand, read: readVegeta},
		{name: "wrk", debian: "wrk", closed: true, command: wrkCommand, read: readWrk},
		{name: k6Name, module: "go.k6.io/k6@v1.8.1", command: k6Command, read: readK6},
	}
}

// find returns the path of t. It installs what has a module in folder.
func (t *tool) find(ctx context.Context, folder string) (string, error) {
	if t.module == "" {
		path, err := exec.LookPath(t.name)
		if err != nil {
			return "", fmt.Errorf("%s is not installed; on Debian: apt-get install %s", t.name, t.debian)
		}
		return path, nil
	}
	_, version, _ := strings.Cut(t.module, "@")
	bin, err := filepath.Abs(filepath.Join(folder, version))
	if err != nil {
		return "", err
	}
	path := filepath.Join(bin, t.name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	fmt.Fprintln(os.Stderr, "peers: installing", t.module)
	install := exec.CommandContext(ctx, "go", "install", t.module)
	install.Env = append(os.Environ(), "GOBIN="+bin)
	if output, err := install.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(output)), "\n")
		return "", fmt.Errorf("%s cannot be installed: %w: %s", t.module, err, lines[len(lines)-1])
	}
	return path, nil
}

func assayCommand(ctx context.Context, path, _ string, o order) (*exec.Cmd, error) {
	// The server asks nobody for keys, so there is no provider at the issuer.
	return command(ctx, o.pinned, generatorCore, path, "load", o.url, "--issuer", "http://127.0.0.1:1", "--idp-seed", "1",
		"--seed", "1", "--mix", "good=1", "--warmup", "0", "--connections", strconv.Itoa(connections),
		"--rate", fmt.Sprintf("%d/s", o.rate), "--duration", o.duration.String(), "--format", "jsonl", "--quiet"), nil
}

func readAssay(_ context.Context, _, _ string, output []byte) (found, error) {
	lines := bufio.NewScanner(bytes.NewReader(output))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var record reports.Record
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			return found{}, err
		}
		if s := record.Sample; s != nil && s.Final && s.Latency != nil {
			return found{s.RatePerSecond, time.Duration(s.Latency.P50NS), time.Duration(s.Latency.P99NS)}, nil
		}
	}
	return found{}, nil
}

func vegetaCommand(ctx context.Context, path, folder string, o order) (*exec.Cmd, error) {
	c := command(ctx, o.pinned, generatorCore, path, "attack", "-rate", fmt.Sprintf("%d/s", o.rate),
		"-duration", o.duration.String(), "-connections", strconv.Itoa(connections), "-output", filepath.Join(folder, "hits.gob"))
	c.Stdin = strings.NewReader(fmt.Sprintf("GET %s\nAuthorization: Bearer %s\n", o.url, token))
	return c, nil
}

func readVegeta(ctx context.Context, path, folder string, _ []byte) (found, error) {
	report, err := exec.CommandContext(ctx, path, "report", "-type", "json", filepath.Join(folder, "hits.gob")).Output()
	if err != nil {
		return found{}, err
	}
	var got struct {
		Rate      float64 `json:"throughput"`
		Latencies struct {
			P50 time.Duration `json:"50th"`
			P99 time.Duration `json:"99th"`
		} `json:"latencies"`
	}
	err = json.Unmarshal(report, &got)
	return found{got.Rate, got.Latencies.P50, got.Latencies.P99}, err
}

// wrkCommand has no rate: wrk sends as much as the server answers.
func wrkCommand(ctx context.Context, path, _ string, o order) (*exec.Cmd, error) {
	return command(ctx, o.pinned, generatorCore, path, "--threads", "1", "--connections", strconv.Itoa(connections),
		"--duration", fmt.Sprintf("%.0fs", max(1, o.duration.Seconds())), "--latency",
		"--header", "Authorization: Bearer "+token, o.url), nil
}

func readWrk(_ context.Context, _, _ string, output []byte) (found, error) {
	var f found
	for line := range strings.Lines(string(output)) {
		fields := strings.Fields(line)
		if len(fields) != 2 {
			continue
		}
		var err error
		switch fields[0] {
		case "50%":
			f.p50, err = time.ParseDuration(fields[1])
		case "99%":
			f.p99, err = time.ParseDuration(fields[1])
		case "Requests/sec:":
			f.rate, err = strconv.ParseFloat(fields[1], 64)
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

//go:embed k6.js
var k6Script []byte

func k6Command(ctx context.Context, path, folder string, o order) (*exec.Cmd, error) {
	script := filepath.Join(folder, "k6.js")
	if err := os.WriteFile(script, k6Script, 0o600); err != nil {
		return nil, err
	}
	c := command(ctx, o.pinned, generatorCore, path, "run", "--quiet", "--no-usage-report", script)
	c.Env = append(os.Environ(), "URL="+o.url, "TOKEN="+token, "RATE="+strconv.Itoa(o.rate),
		"DURATION="+o.duration.String(), "CONNECTIONS="+strconv.Itoa(connections), "SUMMARY="+filepath.Join(folder, "k6.json"))
	return c, nil
}

func readK6(_ context.Context, _, folder string, _ []byte) (found, error) {
	summary, err := os.ReadFile(filepath.Join(folder, "k6.json"))
	if err != nil {
		return found{}, err
	}
	var got struct {
		Requests struct{ Values struct{ Rate float64 } } `json:"http_reqs"`
		Duration struct {
			Values struct {
				P50 float64 `json:"med"` // in ms
				P99 float64 `json:"p(99)"`
			}
		} `json:"http_req_duration"`
	}
	err = json.Unmarshal(summary, &got)
	ms := float64(time.Millisecond)
	return found{got.Requests.Values.Rate, time.Duration(got.Duration.Values.P50 * ms), time.Duration(got.Duration.Values.P99 * ms)}, err
}
