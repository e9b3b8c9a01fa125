package refresh

import (
	"context"
	"sync"
)

// Store keeps sessions by their ID. Its methods must be safe for concurrent
// use. What Save gets and Load returns is not shared: neither side changes it
// afterwards.
type Store interface {
	// Load returns a session, or an error with ErrNotFound in its chain.
	Load(ctx context.Context, id string) (*Session, error)
	// Save stores a session as a whole, or not at all.
	Save(ctx context.Context, s *Session) error
	// Delete removes a session. It is not an error if there is none.
	Delete(ctx context.Context, id string) error

	// Lock keeps every other user of the store, in this process or another,
	// from holding the lock of the same session until unlock is called. It
	// waits until ctx ends at most. The other methods do not need the lock: a
	// [Client] holds it from loading a session until what an exchange has
	// brought is saved, for seconds, so that no refresh token is sent twice.
	// A lock that its holder can lose, such as a lease, must outlast that. There
	// need not be such a session.
	Lock(ctx context.Context, id string) (unlock func(), err error)
}

// MemoryStore is a [Store] in memory. Its sessions end with the process. The
// zero value is not usable: see NewMemoryStore.
type MemoryStore struct {
	mu       sync.Mutex
	sessions map[string]*Session
	locks    map[string]*memoryLock
}

// memoryLock is the lock of one session. It exists while somebody wants it.
type memoryLock struct {
	held  chan struct{} // holds one value while it is taken
	users int           // who hold it or wait for it
}

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{sessions: make(map[string]*Session), locks: make(map[string]*memoryLock)}
}

// Load implements [Store].
func (m *MemoryStore) Load(_ context.Context, id string) (*Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[id]
	if !ok {
		return nil, ErrNotFound
	}
	return s.clone(), nil
}

// Save implements [Store].
func (m *MemoryStore) Save(_ context.Context, s *Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions[s.ID] = s.bare() // as in any store that outlives the process
	return nil
}

// Delete implements [Store].
func (m *MemoryStore) Delete(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, id)
	return nil
}

// Lock implements [Store].
func (m *MemoryStore) Lock(ctx context.Context, id string) (unlock func(), err error) {
	m.mu.Lock()
	l := m.locks[id]
	if l == nil {
		l = &memoryLock{held: make(chan struct{}, 1)}
		m.locks[id] = l
	}
	l.users++
	m.mu.Unlock()
	leave := func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(m.locks, id)
		}
	}
	select {
	case l.held <- struct{}{}:
		return func() { <-l.held; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, context.Cause(ctx)
	}
}
