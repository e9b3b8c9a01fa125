package mockidp

import (
	"container/list"
	"time"
)

// table is a map that stays bounded: rows end with their lifetime, and above
// a number of rows the oldest makes room. It is not safe for concurrent use.
type table[V any] struct {
	limit int
	rows  map[string]*list.Element
	order *list.List // of *row[V], oldest first
	evict func()     // called when a row makes room before its time
}

type row[V any] struct {
	name    string
	value   V
	expires time.Time
}

func newTable[V any](limit int, evict func()) *table[V] {
	return &table[V]{
		limit: limit,
		rows:  make(map[string]*list.Element),
		order: list.New(),
		evict: evict,
	}
}

// put adds or replaces a row and makes it the youngest one.
func (t *table[V]) put(name string, value V, now, expires time.Time) {
	t.remove(name)
	t.sweep(now)
	t.rows[name] = t.order.PushBack(&row[V]{name, value, expires})
}

// get returns the value of a row that has not ended.
func (t *table[V]) get(name string, now time.Time) (value V, ok bool) {
	element, ok := t.rows[name]
	if !ok {
		return value, false
	}
	r := element.Value.(*row[V])
	if !now.Before(r.expires) {
		return value, false
	}
	return r.value, true
}

func (t *table[V]) remove(name string) {
	if element, ok := t.rows[name]; ok {
		t.order.Remove(element)
		delete(t.rows, name)
	}
}

// sweep removes the oldest rows while they have ended or there is no room for
// one more. Rows with a longer life than their successors delay the sweep,
// which costs memory up to the limit and nothing else: get looks at the time
// itself.
func (t *table[V]) sweep(now time.Time) {
	for element := t.order.Front(); element != nil; element = t.order.Front() {
		r := element.Value.(*row[V])
		ended := !now.Before(r.expires)
		if !ended && len(t.rows) < t.limit {
			return
		}
		if !ended {
			t.evict()
		}
		t.order.Remove(element)
		delete(t.rows, r.name)
	}
}

// all calls f with each value, the ended ones included.
func (t *table[V]) all(f func(V)) {
	for element := t.order.Front(); element != nil; element = element.Next() {
		f(element.Value.(*row[V]).value)
	}
}

// removeFunc removes the rows whose values match.
func (t *table[V]) removeFunc(matches func(V) bool) {
	for element := t.order.Front(); element != nil; {
		r := element.Value.(*row[V])
		element = element.Next()
		if matches(r.value) {
			t.remove(r.name)
		}
	}
}
