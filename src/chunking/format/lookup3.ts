export { lookup3 } from '../../storage/lookup3.js';
