# What goes in: in the visitor's language, in characters that any page can
# hold, several things in one page, and no form into a form.

use strict;
use warnings;
use utf8;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Splice;

my $t = OrderSave::Nginx->new;
mkdir $t->path('templates');
my %block = (one => '<div id="ours" lang="{{locale.lang}}">{{> t.panel.returns}} 한 é</div>', two => '<p class="two">2</p>',
    form => '<div><form action="/x"><button>a</button></form></div>',
    shadow => '<div><template shadowrootmode="open"><form></form></template></div>', none => '');
for (keys %block) { my $text = $block{$_}; utf8::encode $text; $t->write("templates/block_$_.html.mustache", $text) }
my $page = "<!doctype html><body><header>a</header><form id=f><p>b</p></form><main>c</main></body>\n";
$t->start_upstream(sub {
    my ($head) = @_;
    my ($charset) = $head =~ m{^\S+ /\w*?/?(utf-8|iso-8859-1|none) };
    return answer($page, 'Content-Type' => 'text/html' . ($charset && $charset ne 'none' ? "; charset=$charset" : ''));
});
$t->start_nginx(redis => ' ', server => <<'EOT');
        location / { ordersave_insert one append body; ordersave_locale $arg_l; proxy_pass http://store; }
        location /two/ { ordersave_insert two after header; ordersave_insert one append body; proxy_pass http://store/; }
        location /same/ { ordersave_insert two before main; ordersave_insert one before main; proxy_pass http://store/; }
        location /form/ { ordersave_insert form prepend form; ordersave_insert two prepend form; proxy_pass http://store/; }
        location /beside/ { ordersave_insert form after form; proxy_pass http://store/; }
        location /shadow/ { ordersave_insert shadow prepend form; proxy_pass http://store/; }
        location /empty/ { ordersave_insert none append body; proxy_pass http://store/; }
        location /both/ { ordersave_insert two before .no; ordersave_insert two prepend main; ordersave_insert two append body; proxy_pass http://store/; }
EOT

like $t->get('/utf-8')->{body}, qr/<div id="ours" lang="en">\S.* \xed\x95\x9c \xc3\xa9<\/div><\/body>/, 'UTF-8 into UTF-8';
like $t->get('/iso-8859-1')->{body}, qr/ &#54620; &#233;<\/div><\/body>/, 'references into another charset';
like $t->get('/none')->{body}, qr/ &#54620; &#233;<\/div><\/body>/, 'and where none is said';
like $t->get('/utf-8', headers => ['Accept-Language: fr'])->{body}, qr/lang="fr"/, 'Accept-Language';

is $t->get('/two/none')->{body} =~ s/<div id="ours".*?<\/div>/[one]/r, $page =~ s{(?<=</header>)}{<p class="two">2</p>}r =~ s{(?=</body>)}{[one]}r, 'two things';
is $t->get('/same/none')->{body} =~ s/<div id="ours".*?<\/div>/[one]/r, $page =~ s{(?=<main>)}{<p class="two">2</p>[one]}r, 'at one place, in their order';
is $t->get('/form/none')->{body}, $page =~ s{(?<=<form id=f>)}{<p class="two">2</p>}r, 'no form into a form';
is $t->get('/beside/none')->{body}, $page =~ s{(?<=</form>)}{$block{form}}r, 'but beside it';
is $t->get('/shadow/none')->{body}, $page =~ s{(?<=<form id=f>)}{$block{shadow}}r, 'and in a shadow of its own';
is $t->get('/empty/none')->{body}, $page, 'nothing';
is $t->get('/both/none')->{body}, $page =~ s{(?<=<main>)}{<p class="two">2</p>}r, 'the first alternative that is met, once';
$t->stop;
done_testing;
