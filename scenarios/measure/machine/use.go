package machine

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// Snapshot holds the CPU time that was used up to a moment.
type Snapshot struct {
	at    time.Time
	own   time.Duration
	all   times
	known bool
}

// Take returns a snapshot of the present.
func Take() Snapshot {
	s := Snapshot{at: time.Now()}
	own, ownErr := OwnTime()
	all, err := readTimes()
	s.own, s.all, s.known = own, all, ownErr == nil && err == nil
	return s
}

// Use describes the work of the CPUs between two snapshots. Shares are ratios
// from 0 to 1 of the time of all CPUs.
type Use struct {
	// Known is false if the system does not report CPU times. All other fields
	// are zero then.
	Known bool

	OwnShare    float64 // this process
	OthersShare float64 // every other process and the kernel
	StealShare  float64 // taken by the hypervisor

	// OwnCores is how many cores this process kept busy on average.
	OwnCores float64
}

// Until returns the use from s to later.
func (s Snapshot) Until(later Snapshot) Use {
	all := later.all.since(s.all)
	wall := later.at.Sub(s.at)
	if !s.known || !later.known || all.total == 0 || wall <= 0 {
		return Use{}
	}
	own := later.own - s.own
	return Use{
		Known:       true,
		OwnShare:    share(own, all.total),
		OthersShare: share(all.busy-own, all.total),
		StealShare:  share(all.steal, all.total),
		OwnCores:    own.Seconds() / wall.Seconds(),
	}
}

// share returns part of total as a ratio. Part may be slightly negative because
// the two sources tick differently.
func share(part, total time.Duration) float64 {
	return min(max(part.Seconds()/total.Seconds(), 0), 1)
}

// The most that others may have used. Beyond that, percentiles describe them and
// not what was measured.
const (
	mostOthers = 0.05
	mostSteal  = 0.02
)

// Reasons returns why a measurement during u must not be used. It returns none
// if u is unknown.
func (u Use) Reasons() []string {
	var reasons []string
	if u.OthersShare > mostOthers {
		reasons = append(reasons,
			fmt.Sprintf("other processes used %.0f %% of the CPUs, at most %.0f %% is allowed",
				100*u.OthersShare, 100*mostOthers))
	}
	return append(reasons, u.StealReasons()...)
}

// StealReasons returns the reasons that do not concern other processes, for a
// measurement whose target is one of them.
func (u Use) StealReasons() []string {
	if u.StealShare <= mostSteal {
		return nil
	}
	return []string{
		fmt.Sprintf("the hypervisor took %.0f %% of the CPUs, at most %.0f %% is allowed",
			100*u.StealShare, 100*mostSteal),
	}
}

// times holds the CPU time of a machine since it started.
type times struct {
	busy, steal, total time.Duration
}

func (t times) since(earlier times) times {
	return times{
		busy: t.busy - earlier.busy, steal: t.steal - earlier.steal, total: t.total - earlier.total,
	}
}

func readTimes() (times, error) {
	f, err := os.Open("/proc/stat")
	if err != nil {
		return times{}, err
	}
	defer f.Close()
	return parseTimes(f)
}

// tick is the unit of /proc/stat: USER_HZ is 100 on every architecture that Go
// runs on.
const tick = 10 * time.Millisecond

// parseTimes reads the first line of /proc/stat: cpu user nice system idle
// iowait irq softirq steal guest guest_nice. User already
// includes guests. See proc_stat(5).
func parseTimes(r io.Reader) (times, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 4096)).ReadString('\n')
	if err != nil {
		return times{}, err
	}
	fields := strings.Fields(line)
	const name, user, idle, iowait, steal = 0, 1, 4, 5, 8
	if len(fields) <= steal || fields[name] != "cpu" {
		return times{}, errors.New("no line for all CPUs")
	}
	var t times
	for i := user; i <= steal; i++ {
		ticks, err := strconv.ParseUint(fields[i], 10, 63)
		if err != nil {
			return times{}, fmt.Errorf("field %d is %q, want a number", i, fields[i])
		}
		d := time.Duration(ticks) * tick
		t.total += d
		switch i {
		case idle, iowait:
		case steal:
			t.steal = d
		default:
			t.busy += d
		}
	}
	return t, nil
}
