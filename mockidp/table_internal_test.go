package mockidp

import (
	"fmt"
	"testing"
	"time"
)

// TestTable is an internal test because filling a store over HTTP up to its
// limit would take minutes.
func TestTable(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	evicted := 0
	table := newTable[int](3, func() { evicted++ })
	for i := range 3 {
		table.put(fmt.Sprint(i), i, at, at.Add(time.Minute))
	}
	if _, ok := table.get("0", at.Add(time.Minute-1)); !ok {
		t.Errorf("a row has ended before its time")
	}
	if _, ok := table.get("0", at.Add(time.Minute)); ok {
		t.Errorf("a row has not ended at its time")
	}

	table.put("0", 10, at, at.Add(time.Minute)) // now the youngest
	table.put("3", 3, at, at.Add(time.Hour))
	if _, ok := table.get("1", at); ok || evicted != 1 {
		t.Errorf("the oldest row has not made room, %d were evicted", evicted)
	}
	for name, want := range map[string]int{"0": 10, "2": 2, "3": 3} {
		if got, ok := table.get(name, at); !ok || got != want {
			t.Errorf("get(%s) = %d, %v, want %d", name, got, ok, want)
		}
	}

	table.put("4", 4, at.Add(time.Minute), at.Add(time.Hour))
	if evicted != 1 || len(table.rows) != 2 || table.order.Len() != 2 {
		t.Errorf("%d rows and %d evicted, want 2 and 1: rows that have ended make room first", len(table.rows), evicted)
	}
	table.remove("3")
	table.remove("unknown")
	sum := 0
	table.all(func(v int) { sum += v })
	if sum != 4 {
		t.Errorf("the sum of what is left is %d, want 4", sum)
	}
}

// FuzzTableIsBounded runs any sequence of operations and compares with a
// plain map. A row may be missing only if it has ended or had to make room.
func FuzzTableIsBounded(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 129, 130, 200, 1, 1})
	f.Add([]byte("put, get, remove and wait"))
	f.Fuzz(func(t *testing.T, script []byte) {
		const limit = 4
		at := time.Unix(0, 0)
		evicted := 0
		table := newTable[byte](limit, func() { evicted++ })
		plain := make(map[string]time.Time)
		for _, b := range script {
			name := fmt.Sprint(b % 8)
			switch b / 64 {
			case 0, 1:
				expires := at.Add(time.Duration(b%16) * time.Second)
				table.put(name, b, at, expires)
				plain[name] = expires
			case 2:
				table.remove(name)
				delete(plain, name)
			case 3:
				at = at.Add(time.Duration(b%8) * time.Second)
			}
			if len(table.rows) > limit || len(table.rows) != table.order.Len() {
				t.Fatalf("%d rows in the map and %d in the list, limit %d", len(table.rows), table.order.Len(), limit)
			}
			for name := range table.rows {
				expires, ok := plain[name]
				if _, got := table.get(name, at); got != (ok && at.Before(expires)) {
					t.Fatalf("get(%s) = %v at %v, the row ends at %v", name, got, at, expires)
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
			t.Fatalf("%d rows are left of %d, and none has made room", got, live)
		}
	})
}
