/** The lives of datasets as h5py lives them, many in one process. */
import { h5py } from '../support/h5py.js';
import type { Entry } from './arbitrary-selections.js';
import type { Creation, Phase, RoundTrip } from './round-trip-cases.js';
import { transferOf } from './round-trip-types.js';
import type { ElementType, Transfer, Value } from './round-trip-types.js';

/** How a dataset is stored, alike on both sides. */
export interface Facts {
  readonly shape: readonly number[];
  readonly maxshape: readonly (number | null)[];
  readonly chunks: readonly number[] | null;
  readonly compression: string | null;
  readonly compressionOpts: number | null;
  readonly shuffle: boolean;
  readonly fletcher32: boolean;
}

export interface Found {
  readonly facts: Facts;
  /** `undefined` of text, whose fill value is a pointer. */
  readonly fillvalue?: Transfer;
  /** What was wrong with the dtype. */
  readonly dtype: string | null;
  /** All of it, then what each selection gave. */
  readonly arrays: readonly { readonly shape: readonly number[]; readonly data: Transfer }[];
}

export interface Turn {
  readonly name: string;
  readonly roundTrip: RoundTrip;
  readonly phase: Phase;
  /** The dataset is to be created first. */
  readonly create: boolean;
}

/** Creates (or finds) the datasets in a file, does their steps and reads them. */
export async function takeTurnsInH5py(
  file: string,
  turns: readonly Turn[],
): Promise<(Found | { readonly error: string })[]> {
  const cases = turns.map(({ name, roundTrip: { type, creation }, phase, create }) => ({
    name,
    type,
    creation: create ? creationFor(type, creation) : null,
    steps: phase.steps.map((step) =>
      step.kind === 'resize'
        ? step
        : {
            entries: step.entries,
            shape: step.shape,
            data: transferOf(type, step.values),
          },
    ),
    reads: [['...'] as Entry[], ...phase.reads.map(({ entries }) => entries)],
  }));
  return (await h5py.run(SCRIPT, { file, cases })) as (Found | { error: string })[];
}

function creationFor(type: ElementType, creation: Creation): object {
  const { values, fillvalue, ...rest } = creation;
  const transfer = (given: readonly Value[] | null): Transfer | null =>
    given === null ? null : transferOf(type, given);
  return {
    ...rest,
    data: transfer(values),
    fillvalue: transfer(fillvalue === null ? null : [fillvalue]),
  };
}

const SCRIPT = `
import traceback
def stored(t):
    if t['kind'] == 'number': return np.dtype(t['str'])
    if t['kind'] == 'fixed': return h5py.string_dtype(t['encoding'], t['length'])
    if t['kind'] == 'text': return h5py.string_dtype(t['encoding'])
    fields = t['fields']
    return np.dtype({'names': [f['name'] for f in fields], 'itemsize': t['size'],
        'formats': [stored(f['type']) for f in fields], 'offsets': [f['offset'] for f in fields]})

def packed(t):
    if t['kind'] == 'compound': return np.dtype([(f['name'], packed(f['type'])) for f in t['fields']])
    return np.dtype('S%d' % t['length']) if t['kind'] == 'fixed' else stored(t).newbyteorder('<')

def from_transfer(t, given, shape):
    if t['kind'] == 'text':
        values = np.empty(len(given), object)
        values[:] = given
        return values.reshape(shape)
    return np.frombuffer(bytes.fromhex(given), packed(t)).astype(stored(t)).reshape(shape)

def to_transfer(t, values):
    if t['kind'] == 'text': return [v.decode() for v in values.ravel()]
    return values.astype(packed(t)).tobytes().hex()


def create(f, c):
    t, how = c['type'], c['creation']
    more = dict(shape=tuple(how['shape']), dtype=stored(t))
    if how['maxshape'] is not None: more['maxshape'] = tuple(how['maxshape'])
    if how['chunks'] is not None: more['chunks'] = how['chunks'] if how['chunks'] is True else tuple(how['chunks'])
    if how['gzip'] is not None: more.update(compression='gzip', compression_opts=how['gzip'])
    if how['shuffle']: more['shuffle'] = True
    if how['fletcher32']: more['fletcher32'] = True
    if how['data'] is not None: more['data'] = from_transfer(t, how['data'], how['shape'])
    if how['fillvalue'] is not None: more['fillvalue'] = from_transfer(t, how['fillvalue'], (1,))[0]
    f.create_dataset(c['name'], **more)

def write(d, t, step):
    where = selection(step['entries'])
    values = from_transfer(t, step['data'], step['shape'])
    if values.shape == () and d.shape != ():
        # h5py stretches one value over a list or not by the size of the chunks, and compounds seldom.
        values = np.broadcast_to(values, np.asarray(d[where]).shape)
    d[where] = values

def turn(f, c):
    t = c['type']
    if c['creation'] is not None: create(f, c)
    d = f[c['name']]
    for step in c['steps']:
        if step.get('kind') == 'resize': d.resize(tuple(step['shape']))
        else: write(d, t, step)
    facts = {'shape': d.shape, 'maxshape': d.maxshape, 'chunks': d.chunks, 'compression': d.compression,
        'compressionOpts': d.compression_opts, 'shuffle': d.shuffle, 'fletcher32': d.fletcher32}
    wanted, wrong = stored(t), None
    if d.dtype != wanted: wrong = f'{d.dtype} instead of {wanted}'
    elif h5py.check_string_dtype(d.dtype) != h5py.check_string_dtype(wanted):
        wrong = f'{h5py.check_string_dtype(d.dtype)} instead of {h5py.check_string_dtype(wanted)}'
    arrays = []
    for entries in c['reads']:
        got = np.asarray(d[selection(entries)])
        arrays.append({'shape': got.shape, 'data': to_transfer(t, got)})
    found = {'facts': facts, 'dtype': wrong, 'arrays': arrays}
    if t['kind'] != 'text': found['fillvalue'] = to_transfer(t, np.array(d.fillvalue, d.dtype))
    return found

result = []
with h5py.File(data['file'], 'a', libver=('v110', 'v110')) as f:
    for c in data['cases']:
        try: result.append(turn(f, c))
        except Exception: result.append({'error': traceback.format_exc()})
`;
