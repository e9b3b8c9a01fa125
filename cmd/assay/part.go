package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/load"
)

// autoPart is what --part and --shard have for the number of a process that its
// engine has numbered.
const autoPart = "auto"

// autoHelp describes autoPart in the help of a flag.
const autoHelp = "; auto/4 takes the number from JOB_COMPLETION_INDEX (Kubernetes) or SLURM_ARRAY_TASK_ID (Slurm)"

// numbered replaces auto in the value of a flag, such as auto/4, with the number
// that the engine gave this process.
func (a *app) numbered(flag, value string) (string, error) {
	count, ok := strings.CutPrefix(value, autoPart+"/")
	if !ok {
		return value, nil
	}
	index, slurm := a.getenv("JOB_COMPLETION_INDEX"), a.getenv("SLURM_ARRAY_TASK_ID")
	switch {
	case index != "" && slurm != "":
		return "", usage("--%s is %s, and both JOB_COMPLETION_INDEX and SLURM_ARRAY_TASK_ID are set", flag, value)
	case index == "" && slurm == "":
		return "", usageHint("--"+flag+" 1/"+count+" is the first part", "--%s is %s, and neither JOB_COMPLETION_INDEX nor SLURM_ARRAY_TASK_ID is set", flag, value)
	}
	n, err := strconv.Atoi(index)
	if index == "" {
		n, err = a.slurmIndex(count)
	}
	if err != nil {
		return "", usage("--%s is %s: %v", flag, value, err)
	}
	return strconv.Itoa(n+1) + "/" + count, nil
}

// slurmIndex returns the place of this task in its array, from 0. The tasks of
// an array have any numbers, such as 1-7:2.
func (a *app) slurmIndex(count string) (int, error) {
	var numbers [3]int
	for i, name := range []string{"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP"} {
		var err error
		if numbers[i], err = strconv.Atoi(a.getenv(name)); err != nil || i == 2 && numbers[i] < 1 {
			return 0, usage("%s is %q, want a number", name, a.getenv(name))
		}
	}
	if tasks := a.getenv("SLURM_ARRAY_TASK_COUNT"); tasks != count {
		return 0, usage("the array has %s tasks, want %s", tasks, count)
	}
	return (numbers[0] - numbers[1]) / numbers[2], nil
}

// partFlags say which part of a load this process sends.
type partFlags struct {
	part    string
	startAt string
}

func (f *partFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.part, "part", "", "send only this `part` of the requests: 2/4 is the second of four"+autoHelp)
	flags.StringVar(&f.startAt, "start-at", "", "`time` at which all parts start, such as 2026-01-31T12:00:00Z")
}

// apply sets the part of opts. seed is --seed, without which parts would have
// different tokens.
func (f *partFlags) apply(a *app, seed string, opts *load.Options) error {
	const hint = "--part 1/4 --start-at 2026-01-31T12:00:00Z"
	switch {
	case f.part == "" && f.startAt == "":
		return nil
	case f.part == "" || f.startAt == "":
		return usageHint(hint, "--part and --start-at belong together")
	}
	text, err := a.numbered("part", f.part)
	if err != nil {
		return err
	}
	shard, err := scenarios.ParseShard(text)
	if err != nil {
		return usageHint(hint, "--part is %q, want a number and a count, the number from 1 to the count", text)
	}
	start, err := time.Parse(time.RFC3339, f.startAt)
	if err != nil {
		return usageHint(hint, "--start-at is %q, want a time of RFC 3339", f.startAt)
	}
	if seed == "" {
		return usage("--part needs --seed, the same in each part")
	}
	opts.Part = load.Part{Number: shard.Number, Of: shard.Count, StartAt: start}
	opts.Header.Shard = text
	return nil
}
