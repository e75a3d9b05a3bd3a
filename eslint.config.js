import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Holds the boundaries of ARCHITECTURE.md: what a part must not import. */
const boundary = ({ parts = [], browser = false }) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        ...parts.map((part) => ({
          regex: `^\\.\\./(.*/)?${part}/`,
          message: `This part must not import from src/${part}.`,
        })),
        ...(browser
          ? [
              {
                regex: '^(node:|h5wasm|sharp|p-queue)',
                message: 'This part must also run in a browser.',
              },
            ]
          : []),
      ],
    },
  ],
});

export default tseslint.config(
  {
    ignores: [
      'dist',
      'demo-output',
      '.cache',
      '.venv',
      'src/*/kernels/assembly',
      'src/common/assembly',
      '**/*.generated.ts',
    ],
  },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['tsconfig.json', 'tsconfig.build.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // Index loops over typed arrays are what this project is made of: `bytes[i]!` inside a checked bound.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/prefer-for-of': 'off',
      // Doesn't end on types that contain themselves (typescript-eslint 8.73).
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['src/common/**'],
    rules: boundary({
      parts: ['chunking', 'storage', 'ingest', 'loader', 'info', 'cli', 'hdf5', 'reader'],
      browser: true,
    }),
  },
  {
    files: ['src/chunking/**'],
    rules: boundary({ parts: ['ingest', 'loader', 'info', 'cli', 'hdf5'], browser: true }),
  },
  {
    files: ['src/loader/**'],
    ignores: ['src/loader/node/**'],
    rules: boundary({ parts: ['ingest', 'info', 'cli', 'hdf5', 'node'], browser: true }),
  },
  { files: ['src/loader/node/**'], rules: boundary({ parts: ['ingest', 'info', 'cli', 'hdf5'] }) },
  { files: ['src/ingest/**'], rules: boundary({ parts: ['loader', 'info', 'cli', 'hdf5'] }) },
  {
    files: ['src/storage/**'],
    rules: boundary({ parts: ['chunking', 'ingest', 'loader', 'info', 'cli', 'hdf5'] }),
  },
  {
    files: ['src/info/**'],
    rules: boundary({ parts: ['ingest', 'loader', 'cli', 'hdf5', 'reader'] }),
  },
  { files: ['src/verify/**'], rules: boundary({ parts: ['loader', 'cli', 'hdf5', 'reader'] }) },
  {
    files: ['src/reader/**'],
    rules: boundary({ parts: ['ingest', 'loader', 'info', 'cli', 'hdf5'] }),
  },
  {
    files: ['src/hdf5/**'],
    rules: boundary({ parts: ['ingest', 'loader', 'info', 'cli', 'reader'] }),
  },
  {
    files: ['scripts/**', 'benchmarks/**', 'examples/**', 'test/**'],
    rules: {
      'no-console': 'off',
      // tfjs-layers hides its enum.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: { console: 'readonly', process: 'readonly', URL: 'readonly', Buffer: 'readonly' },
    },
  },
);
