<?php
// PHP 8 has no each(), which IMP of Debian 12 still calls for the list of messages.
if (!function_exists('each')) {
    function each(&$array)
    {
        $key = key($array);
        if ($key === null) {
            return false;
        }
        $value = current($array);
        next($array);
        return array(0 => $key, 'key' => $key, 1 => $value, 'value' => $value);
    }
}
