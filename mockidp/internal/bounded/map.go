package bounded

import (
	"container/list"
	"time"
)

// Map is a map of limited size. Rows expire, and when there are too many the
// oldest one is dropped. [New] makes it. It is not safe for concurrent use.
type Map[V any] struct {
	limit int
	rows  map[string]*list.Element
	order *list.List // of *row[V], oldest first
	evict func()     // called when a row is dropped before it expires
}

type row[V any] struct {
	name    string
	value   V
	expires time.Time
}

// New returns an empty map of at most limit rows. It calls evict whenever it
// drops a row that has not expired.
func New[V any](limit int, evict func()) *Map[V] {
	return &Map[V]{
		limit: limit,
		rows:  make(map[string]*list.Element),
		order: list.New(),
		evict: evict,
	}
}

// Put adds or replaces a row and makes it the youngest.
func (t *Map[V]) Put(name string, value V, now, expires time.Time) {
	t.Remove(name)
	t.sweep(now)
	t.rows[name] = t.order.PushBack(&row[V]{name, value, expires})
}

// Get returns the value of a row that has not expired.
func (t *Map[V]) Get(name string, now time.Time) (value V, ok bool) {
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

// Remove removes a row, if it exists.
func (t *Map[V]) Remove(name string) {
	if element, ok := t.rows[name]; ok {
		t.order.Remove(element)
		delete(t.rows, name)
	}
}

// sweep removes the oldest rows while they have expired or there is no room
// for another. A row that outlives its successors delays the sweep, which
// costs memory up to the limit and nothing else, because Get checks the time
// itself.
func (t *Map[V]) sweep(now time.Time) {
	for element := t.order.Front(); element != nil; element = t.order.Front() {
		r := element.Value.(*row[V])
		expired := !now.Before(r.expires)
		if !expired && len(t.rows) < t.limit {
			return
		}
		if !expired {
			t.evict()
		}
		t.order.Remove(element)
		delete(t.rows, r.name)
	}
}

// All calls f with each value, expired ones included.
func (t *Map[V]) All(f func(V)) {
	for element := t.order.Front(); element != nil; element = element.Next() {
		f(element.Value.(*row[V]).value)
	}
}

// RemoveFunc removes the rows whose values match.
func (t *Map[V]) RemoveFunc(matches func(V) bool) {
	for element := t.order.Front(); element != nil; {
		r := element.Value.(*row[V])
		element = element.Next()
		if matches(r.value) {
			t.Remove(r.name)
		}
	}
}

// Len returns the number of rows, expired ones included.
func (t *Map[V]) Len() int { return len(t.rows) }
