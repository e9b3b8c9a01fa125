package bench

import "runtime"

// allocations returns the heap objects and bytes of an operation, counted over
// a plain loop that presents each token once. runtime/metrics would be cheaper
// and is not used: it does not flush the caches of the processors and misses up
// to 6 %. The lowest of three counts is returned, because the rest of the
// process allocates too.
func allocations(s subject) (objects, bytes float64) {
	step, i := stride(s.tokens), 0
	for attempt := range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range s.tokens {
			s.op(i)
			if i += step; i >= s.tokens {
				i -= s.tokens
			}
		}
		runtime.ReadMemStats(&after)
		o := float64(after.Mallocs-before.Mallocs) / float64(s.tokens)
		b := float64(after.TotalAlloc-before.TotalAlloc) / float64(s.tokens)
		if attempt == 0 || o < objects {
			objects, bytes = o, b
		}
	}
	return objects, bytes
}
