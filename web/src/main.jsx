/* main.jsx: the page starts here. The URL and the server are the only state. */
import { createRoot } from 'react-dom/client';
import './app.css';
import './ui/ui.css';
import { App } from './app.jsx';

createRoot(document.getElementById('root')).render(<App />);
