/**
 * What `npm run setup:bench-peers` installs: every package pinned, also those that the peers need, and
 * installed without the dependencies that their metadata names. So the same is measured everywhere, and
 * what no loader here uses (Triton, cloud clients, an older h5py that TensorFlow asks for) stays away.
 */
import os from 'node:os';

export interface PeerGroup {
  readonly name: string;
  readonly packages: readonly string[];
  /** Must work afterwards. */
  readonly imports: string;
  /** Groups that it needs. */
  readonly needs?: readonly string[];
  /** What the system must have for it, so that pip can compile it: names for pkg-config. */
  readonly libraries?: readonly string[];
  /** The command that brings `libraries`. */
  readonly systemSetUp?: string;
}

/** On Linux x86-64 PyPI's torch is the one for CUDA, and doesn't load without these of its libraries. */
const cudaLibraries =
  os.platform() === 'linux' && os.arch() === 'x64'
    ? [
        'nvidia-cublas==13.4.1.3',
        'nvidia-cuda-cupti==13.2.86',
        'nvidia-cuda-nvrtc==13.2.86',
        'nvidia-cuda-runtime==13.2.86',
        'nvidia-cudnn-cu13==9.26.0.51',
        'nvidia-cufft==12.2.0.57',
        'nvidia-cufile==1.17.1.22',
        'nvidia-cusparse==12.7.10.12',
        'nvidia-cusparselt-cu13==0.8.1',
        'nvidia-nccl-cu13==2.30.7',
        'nvidia-nvjitlink==13.2.86',
        'nvidia-nvshmem-cu13==3.7.2',
      ]
    : [];

const yaml = 'PyYAML==6.0.4';
const tqdm = 'tqdm==4.70.1';
const web = ['requests==2.34.2', 'urllib3==2.8.0', 'charset-normalizer==3.5.2', 'idna==3.20'];
const boto = [
  'boto3==1.44.8',
  'botocore==1.44.8',
  's3transfer==0.19.3',
  'jmespath==1.1.0',
  'python-dateutil==2.9.0.post0',
  'six==1.17.0',
];
const protobuf = ['protobuf==7.36.2', 'absl-py==2.5.1'];

export const peerGroups: readonly PeerGroup[] = [
  {
    name: 'python',
    packages: [
      'setuptools==80.9.0',
      'wheel==0.48.0',
      'numpy==2.4.6',
      'h5py==3.16.0',
      'packaging==26.3',
      'psutil==7.2.2',
      'typing_extensions==4.16.0',
      'certifi==2026.10.19.post1',
    ],
    imports: 'numpy, h5py',
  },
  {
    name: 'torch',
    packages: [
      'torch==2.15.0',
      'torchvision==0.29.2',
      'pillow==13.0.0',
      'filelock==4.2.12',
      'fsspec==2026.9.0',
      'Jinja2==3.1.6',
      'MarkupSafe==3.0.4',
      'mpmath==1.3.0',
      'networkx==3.6.1',
      'sympy==1.14.0',
      ...cudaLibraries,
    ],
    imports: 'torch, torchvision',
    needs: ['python'],
  },
  {
    name: 'ffcv',
    packages: [
      'ffcv==1.0.2',
      'numba==0.68.1',
      'llvmlite==0.50.0',
      'opencv-python-headless==5.0.0.93',
      'assertpy==1.1',
      'fastargs==1.2.0',
      'pytorch-pfn-extras==0.9.0',
      'terminaltables==3.1.10',
      tqdm,
    ],
    imports: 'ffcv',
    needs: ['torch'],
    libraries: ['opencv4', 'libturbojpeg'],
    systemSetUp: 'apt-get install g++ pkg-config libopencv-dev libturbojpeg0-dev',
  },
  {
    name: 'hidefix',
    packages: [
      'hidefix==0.12.0',
      'xarray==2026.9.0',
      'netCDF4==1.7.5.1.post1',
      'cftime==1.6.6.1',
      'pandas==3.1.1',
      'python-dateutil==2.9.0.post0',
      'six==1.17.0',
      'tzdata==2026.6',
    ],
    imports: 'hidefix',
    needs: ['python'],
  },
  {
    name: 'litdata',
    packages: [
      'litdata==0.2.76',
      'lightning-utilities==0.15.3',
      'obstore==0.12.1',
      'tifffile==2026.3.3',
      tqdm,
      ...web,
      ...boto,
    ],
    imports: 'litdata',
    needs: ['torch'],
  },
  {
    name: 'mosaicml',
    packages: [
      'mosaicml-streaming==0.13.0',
      'brotli==1.2.1',
      'catalogue==2.0.10',
      'cramjam==2.14.0',
      'huggingface_hub==0.36.2',
      'hf-xet==1.8.0',
      'python-snappy==0.7.3',
      'regex==2026.11.19',
      'safetensors==0.8.0',
      'tokenizers==0.22.2',
      'transformers==4.57.6',
      'xxhash==3.8.2',
      'zstd==1.5.7.2',
      tqdm,
      yaml,
      ...web,
      ...boto,
    ],
    imports: 'streaming',
    needs: ['torch'],
  },
  {
    name: 'webdataset',
    packages: ['webdataset==1.0.2', 'braceexpand==0.1.7', yaml],
    imports: 'webdataset',
    needs: ['torch'],
  },
  {
    name: 'grain',
    packages: [
      'grain==0.2.18',
      'array_record==0.8.6',
      'cloudpickle==3.1.3',
      'etils==1.15.0',
      'fsspec==2026.9.0',
      'portpicker==1.6.0',
      'zipp==4.1.2',
      ...protobuf,
    ],
    imports: 'grain, array_record',
    needs: ['python'],
  },
  {
    name: 'spdl',
    packages: ['spdl==0.8.0', 'spdl_core==0.8.0', 'spdl_io==0.8.0'],
    imports: 'spdl.pipeline',
    needs: ['python'],
  },
  {
    name: 'zarr',
    // The last that runs on Python 3.11.
    packages: [
      'zarr==3.1.6',
      'numcodecs==0.16.6',
      'google-crc32c==1.9.0',
      'donfig==0.8.1.post1',
      yaml,
    ],
    imports: 'zarr',
    needs: ['python'],
  },
  {
    name: 'tensorflow',
    packages: [
      'tensorflow_cpu==2.21.0',
      'astunparse==1.6.3',
      'flatbuffers==25.12.19',
      'gast==0.7.0',
      'google-pasta==0.2.0',
      'grpcio==1.85.3',
      'keras==3.15.1',
      'libclang==18.1.1',
      'markdown-it-py==4.3.0',
      'mdurl==0.1.2',
      'ml_dtypes==0.6.0',
      'namex==0.1.0',
      'opt_einsum==3.4.0',
      'optree==0.20.0',
      'Pygments==2.21.0',
      'rich==15.0.0',
      'six==1.17.0',
      'termcolor==3.3.0',
      'wrapt==2.5.2',
      ...protobuf,
      ...web,
    ],
    imports: 'tensorflow',
    needs: ['python'],
  },
];
