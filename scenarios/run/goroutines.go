package run

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"strconv"
	"strings"

	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/panics"
)

// goroutineLabel marks the goroutines that an implementation starts: they
// inherit it from the one that calls. Others of the process have no part in
// the count.
const goroutineLabel = "assay-case"

// callGuarded calls an implementation. A panic of one that runs in process is
// reported as a crash.
func (c *caseRun) callGuarded(
	call func() (implementations.Answer, error),
) (answer implementations.Answer, err error) {
	guarded := func(context.Context) {
		if panicked := panics.Catch(func() { answer, err = call() }); panicked != nil {
			err = fmt.Errorf("%w: %v", implementations.ErrCrash, panicked)
		}
	}
	if !c.place.scenario.CountsGoroutines() {
		guarded(nil)
		return answer, err
	}
	pprof.Do(context.Background(), pprof.Labels(goroutineLabel, c.place.env.Name()), guarded)
	return answer, err
}

// goroutines counts those that live with the label of this case.
func (p *place) goroutines() int {
	var profile bytes.Buffer
	// A bytes.Buffer does not fail, and the profile exists in every program.
	_ = pprof.Lookup("goroutine").WriteTo(&profile, 1)
	return countLabelled(profile.String(), fmt.Sprintf("%q:%q", goroutineLabel, p.env.Name()))
}

// countLabelled counts in the text of a goroutine profile, in which a line "N @
// addresses" stands for N goroutines and the next one may name their labels.
func countLabelled(profile, label string) int {
	sum, n := 0, 0
	for lines := bufio.NewScanner(strings.NewReader(profile)); lines.Scan(); {
		line := lines.Text()
		if number, _, ok := strings.Cut(line, " @ "); ok {
			n, _ = strconv.Atoi(number)
		}
		if strings.HasPrefix(line, "# labels:") && strings.Contains(line, label) {
			sum += n
		}
	}
	return sum
}
