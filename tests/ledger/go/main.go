// An independent verifier: nothing of Visavis, only golang.org/x/mod/sumdb/{tlog,note} and filippo.io/torchwood.
//
//	ledgercheck log DIR VKEY                      every file of the log agrees with its checkpoint
//	ledgercheck since DIR VKEY CHECKPOINT         the log begins with that of an earlier checkpoint
//	ledgercheck proof FILE ENTRY VKEY [WITNESS…]  a tlog-proof holds, cosigned by every witness named
//	ledgercheck vectors N                         digests of x/mod's roots and proofs for trees of 1 … N entries
//	ledgercheck agent SOCKET                      an ssh-agent for litewitness
//
// It exits 0 and prints "ok …", or exits 1 and says what is wrong.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "invalid:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "log":
		return checkLog(args[1], args[2])
	case len(args) == 4 && args[0] == "since":
		return checkSince(args[1], args[2], args[3])
	case len(args) >= 4 && args[0] == "proof":
		return checkProof(args[1], args[2], args[3], args[4:])
	case len(args) == 2 && args[0] == "vectors":
		return vectors(args[1])
	case len(args) == 2 && args[0] == "agent":
		return serveAgent(args[1])
	}
	return errors.New("usage: ledgercheck log|since|proof|vectors|agent …")
}

func policy(vkey string, witnesses []string) (torchwood.Policy, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	policies := []torchwood.Policy{torchwood.SingleVerifierPolicy(verifier), torchwood.OriginPolicy(verifier.Name())}
	for _, text := range witnesses {
		witness, err := torchwood.NewCosignatureVerifier(text)
		if err != nil {
			return nil, err
		}
		policies = append(policies, torchwood.SingleVerifierPolicy(witness))
	}
	return torchwood.ThresholdPolicy(len(policies), policies...), nil
}

func checkpoint(file, vkey string) (torchwood.Checkpoint, error) {
	signed, err := os.ReadFile(file)
	if err != nil {
		return torchwood.Checkpoint{}, err
	}
	p, err := policy(vkey, nil)
	if err != nil {
		return torchwood.Checkpoint{}, err
	}
	c, _, err := torchwood.VerifyCheckpoint(signed, p)
	return c, err
}

// hashes keeps every stored hash of a tree in memory.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(h)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		out[i] = h[index]
	}
	return out, nil
}

func (h *hashes) add(n int64, entry []byte) error {
	stored, err := tlog.StoredHashes(n, entry, *h)
	*h = append(*h, stored...)
	return err
}

// checkLog rebuilds the tree from the entry bundles and compares every file below tile/ with what it must hold.
func checkLog(dir, vkey string) error {
	c, err := checkpoint(filepath.Join(dir, "checkpoint"), vkey)
	if err != nil {
		return err
	}
	tree, bundles, err := rebuild(dir, c.N)
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(c.N, tree)
	if c.N > 0 && err != nil {
		return err
	}
	if c.N > 0 && root != c.Hash {
		return fmt.Errorf("root %v, checkpoint says %v", root, c.Hash)
	}
	files := 0
	err = filepath.WalkDir(filepath.Join(dir, "tile"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		name, _ := filepath.Rel(dir, path)
		return checkFile(path, filepath.ToSlash(name), tree, bundles, c.N)
	})
	if err != nil && !(c.N == 0 && errors.Is(err, fs.ErrNotExist)) {
		return err
	}
	fmt.Printf("ok %d entries, %d files\n", c.N, files)
	return nil
}

func rebuild(dir string, size int64) (hashes, map[int64][]byte, error) {
	tree := hashes{}
	bundles := map[int64][]byte{}
	for n := int64(0); n*256 < size; n++ {
		width := min(size-n*256, 256)
		path := torchwood.TilePath(tlog.Tile{H: 8, L: -1, N: n, W: int(width)})
		bundle, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return nil, nil, err
		}
		bundles[n] = bundle
		rest := bundle
		for i := int64(0); i < width; i++ {
			var entry []byte
			entry, rest, err = torchwood.ReadTileEntry(rest)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", path, err)
			}
			if err := tree.add(n*256+i, entry); err != nil {
				return nil, nil, err
			}
		}
		if len(rest) > 0 {
			return nil, nil, fmt.Errorf("%s: %d bytes too many", path, len(rest))
		}
	}
	return tree, bundles, nil
}

func checkFile(path, name string, tree hashes, bundles map[int64][]byte, size int64) error {
	tile, err := torchwood.ParseTilePath(name)
	if err != nil {
		return err
	}
	got, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var want []byte
	if tile.L == -1 {
		want = bundles[tile.N]
		for i, rest := 0, want; i < tile.W; i++ {
			if _, rest, err = torchwood.ReadTileEntry(rest); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if i == tile.W-1 {
				want = want[:len(want)-len(rest)]
			}
		}
	} else if want, err = tlog.ReadTileData(tile, tree); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s: not what the entries hash to", name)
	}
	return nil
}

func tileHashes(dir string, c torchwood.Checkpoint) (tlog.HashReader, error) {
	tiles, err := torchwood.NewTileFS(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	return torchwood.TileHashReaderWithContext(context.Background(), c.Tree, tiles), nil
}

func checkSince(dir, vkey, oldFile string) error {
	old, err := checkpoint(oldFile, vkey)
	if err != nil {
		return err
	}
	c, err := checkpoint(filepath.Join(dir, "checkpoint"), vkey)
	if err != nil {
		return err
	}
	if old.N == 0 || old.N == c.N {
		if old.N == c.N && old.Hash != c.Hash {
			return errors.New("two roots for one size")
		}
		fmt.Println("ok nothing to compare")
		return nil
	}
	reader, err := tileHashes(dir, c)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(c.N, old.N, reader)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, c.N, c.Hash, old.N, old.Hash); err != nil {
		return err
	}
	fmt.Printf("ok %d entries begin with those %d\n", c.N, old.N)
	return nil
}

func checkProof(proofFile, entryFile, vkey string, witnesses []string) error {
	proof, err := os.ReadFile(proofFile)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(entryFile)
	if err != nil {
		return err
	}
	p, err := policy(vkey, witnesses)
	if err != nil {
		return err
	}
	if err := torchwood.VerifyProof(p, tlog.RecordHash(entry), proof); err != nil {
		return err
	}
	fmt.Println("ok proof")
	return nil
}

// vectors prints one SHA-256 for each 50 sizes: over the root, ten inclusion and ten consistency proofs of each size.
func vectors(text string) error {
	limit, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return err
	}
	tree := hashes{}
	digest := sha256.New()
	for size := int64(1); size <= limit; size++ {
		if err := tree.add(size-1, []byte(fmt.Sprintf("entry %d", size-1))); err != nil {
			return err
		}
		root, err := tlog.TreeHash(size, tree)
		if err != nil {
			return err
		}
		digest.Write(root[:])
		for j := uint64(0); j < 10; j++ {
			index := int64((uint64(size)*2654435761*(j+1) + j) % uint64(size))
			proof, err := tlog.ProveRecord(size, index, tree)
			if err != nil {
				return err
			}
			for _, hash := range proof {
				digest.Write(hash[:])
			}
			consistency, err := tlog.ProveTree(size, index+1, tree)
			if err != nil {
				return err
			}
			for _, hash := range consistency {
				digest.Write(hash[:])
			}
		}
		if size%50 == 0 {
			fmt.Printf("%d %x\n", size, digest.Sum(nil))
			digest.Reset()
		}
	}
	return nil
}
