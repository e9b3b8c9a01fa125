package bench

import (
	"compress/gzip"
	"errors"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// readProfile reads the stacks of a profile that runtime/pprof has written: the
// message Profile of github.com/google/pprof, of which only the functions of
// each sample matter here.
func readProfile(r io.Reader) ([]stack, error) {
	unzipped, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(unzipped)
	if err != nil {
		return nil, err
	}
	p := profile{functions: make(map[uint64]uint64), locations: make(map[uint64][]uint64)}
	if err := fields(data, p.field); err != nil {
		return nil, err
	}
	var stacks []stack
	for _, s := range p.samples {
		one := stack{samples: int64(s.value)}
		for _, location := range s.locations {
			for _, function := range p.locations[location] {
				if name := p.functions[function]; name < uint64(len(p.strings)) {
					one.functions = append(one.functions, p.strings[name])
				}
			}
		}
		stacks = append(stacks, one)
	}
	return stacks, nil
}

// profile holds what was read of a Profile.
type profile struct {
	samples   []profileSample
	locations map[uint64][]uint64 // the functions of a location, the innermost first
	functions map[uint64]uint64   // the names of functions, as indices of strings
	strings   []string
}

type profileSample struct {
	locations []uint64
	value     uint64 // the first value: the number of samples
}

// field reads one field of a Profile.
func (p *profile) field(n protowire.Number, _ uint64, data []byte) error {
	switch n {
	case 2: // sample
		var s profileSample
		var values []uint64
		err := fields(data, func(n protowire.Number, v uint64, packed []byte) error {
			switch n {
			case 1:
				s.locations = append(s.locations, varints(v, packed)...)
			case 2:
				values = append(values, varints(v, packed)...)
			}
			return nil
		})
		if len(values) > 0 {
			s.value = values[0]
		}
		p.samples = append(p.samples, s)
		return err
	case 4: // location
		var id uint64
		var functions []uint64
		err := fields(data, func(n protowire.Number, v uint64, line []byte) error {
			switch n {
			case 1:
				id = v
			case 4:
				return fields(line, func(n protowire.Number, v uint64, _ []byte) error {
					if n == 1 {
						functions = append(functions, v)
					}
					return nil
				})
			}
			return nil
		})
		p.locations[id] = functions
		return err
	case 5: // function
		var id, name uint64
		err := fields(data, func(n protowire.Number, v uint64, _ []byte) error {
			switch n {
			case 1:
				id = v
			case 2:
				name = v
			}
			return nil
		})
		p.functions[id] = name
		return err
	case 6: // string_table
		p.strings = append(p.strings, string(data))
	}
	return nil
}

// fields calls each with the number of each field of a message, and with its
// value or its bytes.
func fields(message []byte, each func(n protowire.Number, value uint64, data []byte) error) error {
	for len(message) > 0 {
		n, kind, size := protowire.ConsumeTag(message)
		if size < 0 {
			return protowire.ParseError(size)
		}
		message = message[size:]
		var value uint64
		var data []byte
		switch kind {
		case protowire.VarintType:
			value, size = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			data, size = protowire.ConsumeBytes(message)
		default:
			return errors.New("a field of another type than a profile has")
		}
		if size < 0 {
			return protowire.ParseError(size)
		}
		message = message[size:]
		if err := each(n, value, data); err != nil {
			return err
		}
	}
	return nil
}

// varints returns the values of a repeated field, packed or not.
func varints(value uint64, packed []byte) []uint64 {
	if packed == nil {
		return []uint64{value}
	}
	var all []uint64
	for len(packed) > 0 {
		v, size := protowire.ConsumeVarint(packed)
		if size < 0 {
			break
		}
		all, packed = append(all, v), packed[size:]
	}
	return all
}
