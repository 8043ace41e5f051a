# Pages that come another way: internal redirects, error pages, subrequests,
# other filters. Ours goes in once.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Splice;

my $page = "<!doctype html><body><p>a page</p></body>\n";
my $ssi = "<!doctype html><body><main><!--#include virtual=\"/part\" --></main><!--#echo var=\"x\" default=\"\" --></body>\n";
my %answers = (
    page => answer($page), ssi => answer($ssi), part => answer('<p class="part">in <b>part</b></p>'),
    whole => answer("<body><p>in part</p></body>"), around => answer("<!doctype html><body><!--#include virtual=\"/whole\" --><p>rest</p></body>\n"),
    accelpage => answer('<body><p>not this</p></body>', 'X-Accel-Redirect' => '/file.html', 'Content-Length' => 28),
    gone => "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type",
    accel => "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /file.html\r\nContent-Length: 0\r\n\r\n",
    missing => answer($page, status => '404 Not Found'),
);

my $t = splice_test;
$t->start_redis;
mkdir $t->path('html');
$t->write('html/file.html', $page);
$t->write('html/frag.html', '<p>in a file</p><im');
$t->write('html/frags.html', $page =~ s{(?=</body>)}{<!--#include virtual="/frag.html" -->g src=x>\n}r);
$t->write('html/error.html', $page =~ s/a page/an error/r);
$t->start_upstream(sub { my ($head) = @_; my ($name) = $head =~ m{^\S+ /([^ ?]*)}; return $answers{$name} // answer('?') });
$t->start_nginx(http => 'types { text/html html; }', server => <<"EOT");
        root $t->{dir}/html;
        ordersave_insert one append body;
        location / { try_files \$uri \@store; }
        location \@store { proxy_pass http://store; }
        location /index/ { try_files /nowhere.html /file.html; }
        location = /accel { proxy_pass http://store; }
        location = /missing { proxy_intercept_errors on; error_page 404 =200 /error.html; proxy_pass http://store; }
        location = /missing4 { proxy_intercept_errors on; error_page 404 /error.html; proxy_pass http://store/missing; }
        location = /ssi { ssi on; ordersave_insert one before .part; proxy_pass http://store; }
        location = /ssibody { ssi on; proxy_pass http://store/ssi; }
        location = /around { ssi on; proxy_pass http://store; }
        location ~ ^/(part|whole|accelpage)\$ { proxy_pass http://store; }
        location = /gone { error_page 502 /error.html; proxy_pass http://store; }
        location = /gone200 { error_page 502 =200 \@fallback; proxy_pass http://store/gone; }
        location \@fallback { rewrite ^ /page break; proxy_pass http://store; }
        location = /frags.html { ssi on; }
        location /sub/ { sub_filter 'a page' 'the <b>page</b>'; proxy_pass http://store/; }
        location /added/ { add_before_body /part; add_after_body /part; proxy_pass http://store/; }
        location /own/ { ordersave_cancel on; ordersave_order_id \$arg_order; ordersave_proof \$arg_key; proxy_pass http://store/; }
EOT

my $with = with_ours($page);
is $t->get('/page')->{body}, $with, 'try_files, to the store';
is $t->get('/file.html')->{body}, $with, 'try_files, to a file';
is $t->get('/index/x')->{body}, $with, 'try_files, to another file';
is $t->get('/accel')->{body}, $with, 'X-Accel-Redirect';
is $t->get('/missing')->{body}, $with =~ s/a page/an error/r, 'an error page that is a 200';
is $t->get('/missing4')->{body}, $page =~ s/a page/an error/r, 'an error page';
is $t->get('/accelpage')->{body}, $with, 'of an answer that was a page itself';
is $t->get('/gone')->{body}, $page =~ s/a page/an error/r, 'the error page for a store that is gone';
is $t->get('/gone200')->{body}, $with, 'another store in its place';
is $t->get('/ssi')->{body}, '<!doctype html><body><main>' . OURS . "<p class=\"part\">in <b>part</b></p></main></body>\n",
    'an anchor in what a subrequest gave';
is $t->get('/ssibody')->{body}, "<!doctype html><body><main><p class=\"part\">in <b>part</b></p></main>" . OURS . "</body>\n",
    'and in the page around it, once';
is $t->get('/frags.html')->{body}, $page =~ s{(?=</body>)}{'<p>in a file</p><img src=x>' . "\n" . OURS}er,
    'a file in a file, which ends in a tag';
is $t->get('/around')->{body}, "<!doctype html><body><body><p>in part</p>" . OURS . "</body><p>rest</p></body>\n",
    'once in a page that has another one in it';
is $t->get('/sub/page')->{body}, $with =~ s{a page}{the <b>page</b>}r, 'behind sub_filter';
is $t->get('/added/page')->{body}, '<p class="part">in <b>part</b></p>' . $with . '<p class="part">in <b>part</b></p>',
    'behind addition';

$t->order(19);
my $own = $t->get('/own/?order=19&key=wc_order_19');
like $own->{body}, qr/ordersave_token/, 'a page of our own';
unlike $own->{body}, qr/id="ours"/, 'is no page of the store';
$t->stop;
done_testing;
