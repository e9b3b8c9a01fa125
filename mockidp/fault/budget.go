package fault

import "fmt"

// Budget bounds what a [Set] does, so that a client that retries, and a test
// that waits for it, come to an end whatever the faults say. The zero value
// bounds nothing.
type Budget struct {
	// InARow is how often one client is struck at one endpoint before one of
	// its requests is let through. Clients are told apart by client_id and
	// User-Agent.
	InARow int

	// Total is how many requests and tokens are struck altogether, until
	// [Set.Reset].
	Total int
}

// row identifies the client and endpoint for which strikes in a row are
// counted.
type row struct {
	endpoint            Endpoint
	token               bool // the tokens of a request, not the request
	clientID, userAgent string
}

// maxRows bounds the clients that are told apart. Above it all of them start
// again from zero.
const maxRows = 4096

// SetBudget bounds the set from now on and resets the counts. It returns an
// error for negative numbers.
func (s *Set) SetBudget(b Budget) error {
	if b.InARow < 0 || b.Total < 0 {
		return fmt.Errorf("budget is %d in a row and %d in total, want 0 or more",
			b.InARow, b.Total)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.budget = b
	s.struck = 0
	clear(s.rows)
	return nil
}

// Budget returns what bounds the set.
func (s *Set) Budget() Budget {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.budget
}

// affords reports whether a request that a fault has matched, or not, is
// struck, and counts it.
func (s *Set) affords(r Request, matched bool) bool {
	of := row{r.Endpoint, r.Token != "", r.ClientID, r.UserAgent}
	over := s.budget.Total > 0 && s.struck >= s.budget.Total ||
		s.budget.InARow > 0 && s.rows[of] >= s.budget.InARow
	if !matched || over {
		delete(s.rows, of)
		return false
	}
	s.struck++
	if s.budget.InARow > 0 {
		if len(s.rows) >= maxRows {
			clear(s.rows)
		}
		s.rows[of]++
	}
	return true
}
