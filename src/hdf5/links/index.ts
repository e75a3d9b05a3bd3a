export { moveLink, removeLink } from './remove-link.js';
