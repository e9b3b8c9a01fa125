package bounded

import (
	"fmt"
	"testing"
	"time"
)

func TestMap(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	evicted := 0
	table := New[int](3, func() { evicted++ })
	for i := range 3 {
		table.Put(fmt.Sprint(i), i, at, at.Add(time.Minute))
	}
	if _, ok := table.Get("0", at.Add(time.Minute-1)); !ok {
		t.Errorf("a row expired early")
	}
	if _, ok := table.Get("0", at.Add(time.Minute)); ok {
		t.Errorf("a row has not expired on time")
	}

	table.Put("0", 10, at, at.Add(time.Minute)) // now the youngest
	table.Put("3", 3, at, at.Add(time.Hour))
	if _, ok := table.Get("1", at); ok || evicted != 1 {
		t.Errorf("the oldest row was not dropped, %d were evicted", evicted)
	}
	for name, want := range map[string]int{"0": 10, "2": 2, "3": 3} {
		if got, ok := table.Get(name, at); !ok || got != want {
			t.Errorf("get(%s) = %d, %v, want %d", name, got, ok, want)
		}
	}

	table.Put("4", 4, at.Add(time.Minute), at.Add(time.Hour))
	if evicted != 1 || len(table.rows) != 2 || table.order.Len() != 2 {
		t.Errorf("%d rows and %d evicted, want 2 and 1: expired rows are dropped first",
			len(table.rows), evicted)
	}
	table.Remove("3")
	table.Remove("unknown")
	sum := 0
	table.All(func(v int) { sum += v })
	if sum != 4 {
		t.Errorf("the sum of what is left is %d, want 4", sum)
	}
}

// FuzzMapIsBounded runs any sequence of operations and compares with a
// plain map. A row may be missing only if it has expired or was dropped.
func FuzzMapIsBounded(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 129, 130, 200, 1, 1})
	f.Add([]byte("put, get, remove and wait"))
	f.Fuzz(func(t *testing.T, script []byte) {
		const limit = 4
		at := time.Unix(0, 0)
		evicted := 0
		table := New[byte](limit, func() { evicted++ })
		plain := make(map[string]time.Time)
		for _, b := range script {
			name := fmt.Sprint(b % 8)
			switch b / 64 {
			case 0, 1:
				expires := at.Add(time.Duration(b%16) * time.Second)
				table.Put(name, b, at, expires)
				plain[name] = expires
			case 2:
				table.Remove(name)
				delete(plain, name)
			case 3:
				at = at.Add(time.Duration(b%8) * time.Second)
			}
			if len(table.rows) > limit || len(table.rows) != table.order.Len() {
				t.Fatalf("%d rows in the map and %d in the list, limit %d",
					len(table.rows), table.order.Len(), limit)
			}
			for name := range table.rows {
				expires, ok := plain[name]
				if _, got := table.Get(name, at); got != (ok && at.Before(expires)) {
					t.Fatalf("get(%s) = %v at %v, the row expires at %v", name, got, at, expires)
				}
			}
		}
		live := 0
		for _, expires := range plain {
			if at.Before(expires) {
				live++
			}
		}
		if got := len(table.rows); got < min(live, limit) && evicted == 0 {
			t.Fatalf("%d rows of %d are left, and none was evicted", got, live)
		}
	})
}
