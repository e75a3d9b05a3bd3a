import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** The parts that must also run in a browser may not reach for Node. */
const noNode = {
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        {
          regex: '^(node:|h5wasm|sharp|p-queue)',
          message: 'This part must also run in a browser.',
        },
      ],
    },
  ],
};

/** Forbids imports from sibling parts, so that the boundaries of ARCHITECTURE.md hold. */
const noParts = (...parts) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: parts.map((part) => ({
        regex: `^\\.\\./(.*/)?${part}/`,
        message: `This part must not import from src/${part}.`,
      })),
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
      'src/loader/kernels/assembly',
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
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  { files: ['src/chunking/**'], rules: noNode },
  { files: ['src/ingest/**'], rules: noParts('loader', 'cli') },
  { files: ['src/loader/**'], ignores: ['src/loader/node/**'], rules: noNode },
  { files: ['src/loader/node/**'], rules: noParts('ingest', 'cli') },
  {
    files: ['scripts/**', 'benchmarks/**', 'examples/**', 'test/**'],
    rules: {
      'no-console': 'off',
      // tfjs-layers types `fitDataset` with stubs of its own for tfjs-data's Dataset, and hides its enum.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
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
