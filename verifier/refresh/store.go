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
}

// MemoryStore is a [Store] in memory. Its sessions end with the process. The
// zero value is not usable: see NewMemoryStore.
type MemoryStore struct {
	mu       sync.Mutex
	sessions map[string]*Session
}

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore { return &MemoryStore{sessions: make(map[string]*Session)} }

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
	c := s.clone()
	c.Token, c.Notes = nil, nil // as in any store that outlives the process
	m.sessions[s.ID] = c
	return nil
}

// Delete implements [Store].
func (m *MemoryStore) Delete(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, id)
	return nil
}
